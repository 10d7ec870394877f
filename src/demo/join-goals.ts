import type { GoalRow } from './goal-file.ts'

type CsvRow = Record<string, string>

/**
 * Goals with the tournament of their match. A match that stands twice in `results` joins once. Throws when a goal has no
 * match, or the tournament of a match is ambiguous.
 */
export function joinGoals(goalscorers: CsvRow[], results: CsvRow[]): GoalRow[] {
  const tournaments = new Map<string, string>()
  for (const row of results) {
    const match = matchKey(row)
    const tournament = required(row, 'tournament')
    if ((tournaments.get(match) ?? tournament) !== tournament)
      throw new Error(`two tournaments for one match: ${match}`)
    tournaments.set(match, tournament)
  }
  return goalscorers.map((row) => {
    const tournament = tournaments.get(matchKey(row))
    if (tournament === undefined) throw new Error(`no result for the match of a goal: ${matchKey(row)}`)
    const minute = known(required(row, 'minute'))
    return {
      date: required(row, 'date'),
      home: required(row, 'home_team'),
      away: required(row, 'away_team'),
      team: required(row, 'team'),
      scorer: known(required(row, 'scorer')),
      minute: minute === null ? null : wholeMinute(minute),
      worldCup: tournament === 'FIFA World Cup',
      ownGoal: required(row, 'own_goal') === 'TRUE',
    }
  })
}

function matchKey(row: CsvRow): string {
  return ['date', 'home_team', 'away_team'].map((column) => required(row, column)).join('\t')
}

function required(row: CsvRow, column: string): string {
  const value = row[column]
  if (value === undefined || value === '')
    throw new Error(`column ${column} is missing or empty: ${JSON.stringify(row)}`)
  return value
}

function known(value: string): string | null {
  return value === 'NA' ? null : value
}

function wholeMinute(text: string): number {
  const minute = Number(text)
  if (!Number.isInteger(minute)) throw new Error(`not a minute: ${text}`)
  return minute
}
