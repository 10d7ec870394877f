import { LRUCache } from 'lru-cache'
import { batchByTurn } from '../timing/batch-by-turn.ts'
import type { RankedList, RankedEntry, RankIndex, Slice } from '../actions/ports/ranks.ts'
import type { RankStyle } from '../ranking/leaderboard.ts'
import { assignRanks } from '../ranking/order.ts'

export interface FirstRowsOptions {
  top: RankIndex['top']
  /** Returns whether the connection of now is still the one, however often it is asked later. */
  watch(): () => boolean
}

interface KeptRows {
  revision: string
  style: RankStyle
  limit: number
  /** Whether Redis cannot have fallen back since, to where it counts the same revision again. */
  current(): boolean
  /** By their number of rows. */
  pages: Map<number, RankedEntry[]>
}

const keptMax = 500

/**
 * Pages of the first rows, at most `liveLimit` of them. Requests of one event-loop turn share a call, which brings rows
 * only when some among them changed since the last one; until then the same page is the same object.
 */
export function createFirstRows({ top, watch }: FirstRowsOptions): (list: RankedList, limit: number) => Promise<Slice> {
  const kept = new LRUCache<number, KeptRows>({ max: keptMax })

  return batchByTurn(
    (list: RankedList) => list.standings.id,
    async (list, limits: number[]) => {
      const id = list.standings.id
      const style = list.board.rankStyle
      const last = kept.get(id)
      const wanted = Math.max(...limits)
      const fits = last && last.limit >= wanted && last.style === style && last.current()
      const known = fits ? last : null
      const limit = known?.limit ?? wanted
      const current = watch()
      const { total, revision, entries } = await top(list, limit, known?.revision ?? null)
      let { pages } = known ?? { pages: new Map() }
      if (entries !== null) {
        pages = new Map([[limit, ranked(style, entries)]])
        kept.set(id, { revision, style, limit, current, pages })
      }
      return limits.map((count) => ({ total, entries: pageOf(pages, limit, count) }))
    },
  )
}

function pageOf(pages: Map<number, RankedEntry[]>, limit: number, count: number): RankedEntry[] {
  const page = pages.get(count) ?? pages.get(limit)!.slice(0, count)
  pages.set(count, page)
  return page
}

function ranked(style: RankStyle, entries: { playerId: string; score: number }[]): RankedEntry[] {
  const scores = entries.map((entry) => entry.score)
  const ranks = assignRanks(style, scores, 0, 1)
  return entries.map(({ playerId, score }, index) => ({ playerId, score, rank: ranks[index]! }))
}
