import { packText, readPacked } from './packed.ts'

/** One match as it was recorded, under the present names of the teams. */
export interface MatchRow {
  /** Day of the match, `YYYY-MM-DD`. */
  date: string
  home: string
  away: string
  /** Goals after extra time, shoot-outs not counted; null when the match has no score (yet). */
  homeScore: number | null
  awayScore: number | null
}

const header =
  "# Men's international football results, from github.com/martj42/international_results (CC0 1.0, public domain)."

/**
 * Text of the compact file: a line `=date` opens a day, then one line a match, `home away homeScore awayScore` separated by
 * tabs, scores empty when there are none. Throws when a value cannot be kept so.
 */
export function encodeMatches(rows: readonly MatchRow[]): string {
  const lines = [header]
  let open = ''
  for (const { date, home, away, homeScore, awayScore } of rows) {
    if ([home, away].some((name) => name === '' || /[\t\n]/.test(name) || /^[=#]/.test(name)))
      throw new Error(`${date}: a name that is empty or has a tab, a line end or a mark in it`)
    if (date !== open) lines.push(`=${date}`)
    open = date
    lines.push([home, away, homeScore ?? '', awayScore ?? ''].join('\t'))
  }
  return `${lines.join('\n')}\n`
}

/** The rows of an encoded text, in its order. */
export function decodeMatches(text: string): MatchRow[] {
  const rows: MatchRow[] = []
  let date: string | undefined
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('=')) {
      date = line.slice(1)
      continue
    }
    const [home = '', away = '', homeScore = '', awayScore = ''] = line.split('\t')
    if (date === undefined) throw new Error('a match before any day')
    rows.push({ date, home, away, homeScore: score(homeScore), awayScore: score(awayScore) })
  }
  return rows
}

function score(text: string): number | null {
  return text === '' ? null : Number(text)
}

/** The project's own copy of the data, beside this file. */
export const matchesFile = new URL('data/matches.tsv.br', import.meta.url)

/** Every match of the project's own copy, in order of date. */
export async function readMatches(): Promise<MatchRow[]> {
  return decodeMatches(await readPacked(matchesFile))
}

/** The bytes of the compact file. */
export function packMatches(rows: readonly MatchRow[]): Buffer {
  return packText(encodeMatches(rows))
}
