import type { Around, Page, Place } from '../../../src/contract/reads.ts'
import type { FaultBoard } from './boards.ts'
import type { NaiveBoard } from './fold.ts'
import type { Http } from './http.ts'
import type { Node } from './node.ts'

const pageRows = 1000
const samples = 5
const span = 4

type Ranked = ReturnType<NaiveBoard['ranking']>

/** Reads a whole standings from a server, pages and some places and windows, all of which Redis has to answer rightly. */
export async function checkReads(
  http: Http,
  node: Node,
  board: FaultBoard,
  naive: NaiveBoard,
  selector: string,
): Promise<string[]> {
  const list = naive.ranking(selector)
  const path = `/v1/leaderboards/${board.id}`
  const query = `standings=${selector}`
  const wrong: string[] = []
  const read = async <Body extends { source: string; total: number }>(what: string): Promise<Body | null> => {
    const { status, body } = await http.send(node.url()!, 'GET', path + what)
    const answer = body as Body
    if (status === 200 && answer.source === 'redis' && answer.total === list.length) return answer
    wrong.push(`${what}: ${status}, source ${answer?.source}, total ${answer?.total}, right is ${list.length}`)
    return null
  }
  const compare = (what: string, seen: unknown, right: unknown) => {
    const [a, b] = [JSON.stringify(seen), JSON.stringify(right)]
    if (a !== b) wrong.push(`${what}: ${a.slice(0, 500)}, right is ${b.slice(0, 500)}`)
  }
  for (let offset = 0; offset < list.length && wrong.length === 0; offset += pageRows) {
    const page = await read<Page>(`/standings?${query}&offset=${offset}&limit=${pageRows}`)
    const right = list.slice(offset, offset + pageRows)
    // Row by row, so that a difference can be read.
    page?.rows.forEach((row, at) => compare(`row ${offset + at + 1}`, slim([row]), right.slice(at, at + 1)))
    if (page) compare('rows', page.rows.length, right.length)
  }
  for (let sample = 0; sample < samples && list.length > 0; sample++) {
    const at = Math.floor((sample * (list.length - 1)) / (samples - 1))
    const right = list[at]!
    const place = await read<Place>(`/players/${right.playerId}?${query}`)
    if (place) compare('place', { rank: place.rank, playerId: place.playerId, score: place.score }, right)
    const around = await read<Around>(`/players/${right.playerId}/around?${query}&span=${span}`)
    if (around) compare('around', slim(around.rows), windowOf(list, at))
  }
  return wrong.map((text) => `server ${node.number}: ${text}`)
}

function windowOf(list: Ranked, at: number): Ranked {
  const size = Math.min(2 * span + 1, list.length)
  const start = Math.max(0, Math.min(at - span, list.length - size))
  return list.slice(start, start + size)
}

function slim(rows: Page['rows']): Ranked {
  return rows.map(({ rank, playerId, score }) => ({ rank, playerId, score }))
}
