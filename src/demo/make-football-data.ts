// Makes data/matches.tsv.br from the CSV files of github.com/martj42/international_results (CC0 1.0, public domain):
//   node --import tsx src/demo/make-football-data.ts results.csv former_names.csv
import { readFile, writeFile } from 'node:fs/promises'
import { parseCsv } from './csv.ts'
import { matchesFile, packMatches } from './football-file.ts'
import { footballRows } from './football-rows.ts'

const [results, formerNames] = process.argv.slice(2)
if (!results || !formerNames) {
  console.error('usage: make-football-data.ts results.csv former_names.csv')
  process.exit(2)
}
const rows = footballRows(parseCsv(await readFile(results, 'utf8')), parseCsv(await readFile(formerNames, 'utf8')))
const packed = packMatches(rows)
await writeFile(matchesFile, packed)
console.log(`${rows.length} matches in ${packed.length} bytes`)
