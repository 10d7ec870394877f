// Makes data/goals.tsv.br from the CSV files of github.com/martj42/international_results (CC0 1.0, public domain):
//   node --import tsx src/demo/make-goals-data.ts goalscorers.csv results.csv
import { readFile, writeFile } from 'node:fs/promises'
import { parseCsv } from './csv.ts'
import { goalsFile, packGoals } from './goal-file.ts'
import { joinGoals } from './join-goals.ts'

const [goalscorers, results] = process.argv.slice(2)
if (!goalscorers || !results) {
  console.error('usage: make-goals-data.ts goalscorers.csv results.csv')
  process.exit(2)
}
const rows = joinGoals(parseCsv(await readFile(goalscorers, 'utf8')), parseCsv(await readFile(results, 'utf8')))
const packed = packGoals(rows)
await writeFile(goalsFile, packed)
console.log(`${rows.length} goals in ${packed.length} bytes`)
