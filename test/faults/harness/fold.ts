import { naivePeriod } from '../../helpers/oracle/naive-values.ts'
import { scaledOf, type FaultBoard } from './boards.ts'

export interface Entry {
  playerId: string
  /** Scaled. */
  score: number
  /** Ledger id of the change that reached the score. */
  reached: number
}

/** What one submission did to one standings, scores scaled. */
export interface Change {
  standings: string
  applied: boolean
  reason: string | null
  score: number | null
  previous: number | null
}

export interface NaiveRow {
  id: number
  playerId: string
  scaled: number
  occurredAt: number
}

/** A leaderboard counted from its ledger one row after the other, with nothing of the code under test. */
export interface NaiveBoard {
  /** `closed`: standings that rightly took nothing, with what they had. */
  add(row: NaiveRow, closed?: ReadonlyMap<string, number | null>): Change[]
  /** By standings, such as `WEEKLY:2026-W47`; entries by player. */
  standings: ReadonlyMap<string, ReadonlyMap<string, Entry>>
  /** Best first, with ranks. */
  ranking(standings: string): { rank: number; playerId: string; score: number }[]
}

const dayMs = 86_400_000
const names = new Map<string, string>()

/** The selector of the standings that holds an instant, in UTC. */
export function selectorAt(type: FaultBoard['types'][number], instant: number): string {
  if (type === 'GLOBAL') return type
  const known = `${type} ${Math.floor(instant / dayMs)}`
  const name = names.get(known) ?? `${type}:${naivePeriod(type, instant, 'UTC').key}`
  names.set(known, name)
  return name
}

export function createNaiveBoard(board: FaultBoard): NaiveBoard {
  const standings = new Map<string, Map<string, Entry>>()
  const sign = board.order === 'desc' ? 1 : -1

  const fold = (stored: number | null, scaled: number): number | string => {
    if (stored === null) return scaled
    if (board.operator === 'sum') return scaled === 0 ? 'UNCHANGED' : stored + scaled
    if (board.operator === 'last') return scaled === stored ? 'UNCHANGED' : scaled
    return (scaled - stored) * sign > 0 ? scaled : 'NOT_BETTER'
  }
  return {
    standings,
    add: ({ id, playerId, scaled, occurredAt }, closed = new Map()) =>
      board.types.map((type) => {
        const selector = selectorAt(type, occurredAt)
        const had = closed.get(selector)
        if (had !== undefined)
          return { standings: selector, applied: false, reason: 'WINDOW_CLOSED', score: had, previous: had }
        const entries = standings.get(selector) ?? new Map<string, Entry>()
        standings.set(selector, entries)
        const previous = entries.get(playerId)?.score ?? null
        const next = fold(previous, scaled)
        if (typeof next === 'string')
          return { standings: selector, applied: false, reason: next, score: previous, previous }
        entries.set(playerId, { playerId, score: next, reached: id })
        return { standings: selector, applied: true, reason: null, score: next, previous }
      }),
    ranking(selector) {
      const tie = (a: Entry, b: Entry) => {
        if (board.ties === 'id') return Buffer.compare(Buffer.from(a.playerId), Buffer.from(b.playerId))
        return board.ties === 'first' ? a.reached - b.reached : b.reached - a.reached
      }
      const list = [...(standings.get(selector)?.values() ?? [])]
      list.sort((a, b) => (a.score === b.score ? tie(a, b) : (b.score - a.score) * sign))
      let rank = 0
      return list.map(({ playerId, score }, at) => {
        if (at === 0 || board.rankStyle === 'ordinal' || score !== list[at - 1]!.score) rank = at + 1
        return { rank, playerId, score: score / scaledOf(board, 1) }
      })
    },
  }
}
