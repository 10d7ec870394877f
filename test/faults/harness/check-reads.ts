import type { Around, Page, Place } from '../../../src/contract/reads.ts'
import type { Http } from './http.ts'
import type { Node } from './node.ts'

const pageRows = 1000
const samples = 5
const span = 4
const shownWrong = 5

export type Ranked = { rank: number; playerId: string; score: number }[]

/** What is wrong with a list. */
export interface Found {
  /** Told as right, and it is not. */
  wrong: string[]
  /** Not answered, or not from where it has to come. */
  away: string[]
}

/**
 * Reads a whole standings from a server, pages and some places and windows, rank by rank: `source` has to answer rightly,
 * and whoever answers, nobody in `gone` may be among them.
 */
export async function checkReads(
  http: Http,
  node: Node,
  of: { leaderboard: string; selector: string; source: 'redis' | 'postgres'; gone?: ReadonlySet<string> },
  list: Ranked,
): Promise<Found> {
  const path = `/v1/leaderboards/${of.leaderboard}`
  const query = `standings=${of.selector}`
  const [wrong, away]: string[][] = [[], []]
  const read = async <Body extends { source: string; total: number }>(what: string): Promise<Body | null> => {
    const url = node.url()
    const reply = url === null ? null : await http.send(url, 'GET', path + what).catch(() => null)
    const answer = reply?.body as Body | undefined
    if (reply?.status !== 200 || answer?.source !== of.source) {
      const isMissing = reply?.status === 404 && list.length > 0
      const text = `${what}: ${reply?.status ?? 'no answer'}, source ${answer?.source}`
      if (isMissing) wrong!.push(text)
      else away!.push(text)
      return null
    }
    if (answer.total !== list.length) wrong!.push(`${what}: total ${answer.total}, right is ${list.length}`)
    return answer
  }
  const compare = (what: string, seen: unknown, right: unknown) => {
    const [a, b] = [JSON.stringify(seen), JSON.stringify(right)]
    if (a !== b) wrong!.push(`${what}: ${a.slice(0, 500)}, right is ${b.slice(0, 500)}`)
  }
  const nobodyGone = (what: string, rows: { playerId: string }[]) => {
    for (const { playerId } of rows)
      if (of.gone?.has(playerId)) wrong!.push(`${what} shows ${playerId}, who was banned or erased`)
  }
  for (let offset = 0; offset < list.length && wrong!.length < shownWrong && away!.length === 0; offset += pageRows) {
    const page = await read<Page>(`/standings?${query}&offset=${offset}&limit=${pageRows}`)
    const right = list.slice(offset, offset + pageRows)
    if (!page) continue
    nobodyGone('a page', page.rows)
    // Row by row, so that a difference can be read; the first one shifts those that follow.
    const at = page.rows.findIndex((row, index) => JSON.stringify(slim([row])) !== JSON.stringify([right[index]]))
    if (at !== -1) compare(`row ${offset + at + 1}`, slim(page.rows.slice(at, at + 1)), right.slice(at, at + 1))
    compare('rows', page.rows.length, right.length)
  }
  for (let sample = 0; sample < samples && list.length > 0 && away!.length === 0; sample++) {
    const at = Math.floor((sample * (list.length - 1)) / (samples - 1))
    const right = list[at]!
    const place = await read<Place>(`/players/${right.playerId}?${query}`)
    if (place) compare('place', { rank: place.rank, playerId: place.playerId, score: place.score }, right)
    const around = await read<Around>(`/players/${right.playerId}/around?${query}&span=${span}`)
    if (around) compare('around', slim(around.rows), windowOf(list, at))
    if (around) nobodyGone('around', around.rows)
  }
  const tell = (text: string) => `server ${node.number}: ${text}`
  return { wrong: wrong!.map(tell), away: away!.map(tell) }
}

function windowOf(list: Ranked, at: number): Ranked {
  const size = Math.min(2 * span + 1, list.length)
  const start = Math.max(0, Math.min(at - span, list.length - size))
  return list.slice(start, start + size)
}

function slim(rows: Page['rows']): Ranked {
  return rows.map(({ rank, playerId, score }) => ({ rank, playerId, score }))
}
