import type { MatchRow } from './football-file.ts'

type CsvRow = Record<string, string>

/**
 * Matches of `results.csv` in order of date, equal dates as they stand there. A team is named as today: a former name of
 * `former_names.csv`, within its dates (both inclusive), becomes the current one; outside of them the name belongs to
 * another team and stays. Throws when a column is missing or a score is no whole number (`NA`: not known).
 */
export function footballRows(results: readonly CsvRow[], formerNames: readonly CsvRow[]): MatchRow[] {
  const currentName = nameMap(formerNames)
  return results
    .map((row) => {
      const date = required(row, 'date')
      return {
        date,
        home: currentName(required(row, 'home_team'), date),
        away: currentName(required(row, 'away_team'), date),
        homeScore: goals(required(row, 'home_score')),
        awayScore: goals(required(row, 'away_score')),
      }
    })
    .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))
}

function nameMap(formerNames: readonly CsvRow[]): (name: string, date: string) => string {
  return (name, date) => {
    const spell = formerNames.find(
      (row) => row['former'] === name && required(row, 'start_date') <= date && date <= required(row, 'end_date'),
    )
    return spell === undefined ? name : required(spell, 'current')
  }
}

function goals(text: string): number | null {
  if (text === 'NA') return null
  if (!/^\d{1,3}$/.test(text)) throw new Error(`not a number of goals: ${text}`)
  return Number(text)
}

function required(row: CsvRow, column: string): string {
  const value = row[column]
  if (value === undefined || value === '')
    throw new Error(`column ${column} is missing or empty: ${JSON.stringify(row)}`)
  return value
}
