import { packText, readPacked } from './packed.ts'

/** One row of the source: a goal as it was recorded. */
export interface GoalRow {
  /** Day of the match, `YYYY-MM-DD`. */
  date: string
  home: string
  away: string
  /** The team the goal counts for. */
  team: string
  /** null when the source does not know. */
  scorer: string | null
  /** null when the source does not know. */
  minute: number | null
  worldCup: boolean
  ownGoal: boolean
}

const header = "# Men's international goals, from github.com/martj42/international_results (CC0 1.0, public domain)."

/**
 * Text of the compact file: a line `=date home away W` opens a match (W: World Cup), then one line a goal, `h` or `a` for
 * the scoring side, `scorer minute o` (o: own goal); fields are separated by tabs. Throws when a value cannot be kept so.
 */
export function encodeGoals(rows: GoalRow[]): string {
  const lines = [header]
  let open = ''
  for (const row of rows) {
    if ([row.home, row.away, row.scorer].some((name) => name !== null && /[\t\n]/.test(name))) {
      throw new Error(`${row.date}: a tab or line end in a name`)
    }
    const match = `=${[row.date, row.home, row.away, row.worldCup ? 'W' : ''].join('\t')}`
    if (match !== open) lines.push(match)
    open = match
    if (row.team !== row.home && row.team !== row.away) throw new Error(`${row.date}: ${row.team} did not play`)
    const side = row.team === row.home ? 'h' : 'a'
    lines.push(side + [row.scorer ?? '', row.minute ?? '', row.ownGoal ? 'o' : ''].join('\t'))
  }
  return `${lines.join('\n')}\n`
}

/** The rows of an encoded text, in its order. */
export function decodeGoals(text: string): GoalRow[] {
  const rows: GoalRow[] = []
  let match: Pick<GoalRow, 'date' | 'home' | 'away' | 'worldCup'> | undefined
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [first = '', second = '', third = '', fourth = ''] = line.slice(1).split('\t')
    if (line.startsWith('=')) {
      match = { date: first, home: second, away: third, worldCup: fourth === 'W' }
      continue
    }
    if (!match) throw new Error('a goal before any match')
    rows.push({
      ...match,
      team: line.startsWith('h') ? match.home : match.away,
      scorer: first === '' ? null : first,
      minute: second === '' ? null : Number(second),
      ownGoal: third === 'o',
    })
  }
  return rows
}

/** The project's own copy of the data, beside this file. */
export const goalsFile = new URL('data/goals.tsv.br', import.meta.url)

/** Every goal of the project's own copy, own goals and unknown scorers included, in order of date. */
export async function readGoals(): Promise<GoalRow[]> {
  return decodeGoals(await readPacked(goalsFile))
}

/** The bytes of the compact file. */
export function packGoals(rows: GoalRow[]): Buffer {
  return packText(encodeGoals(rows))
}
