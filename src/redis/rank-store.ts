import { batchByTurn } from '../timing/batch-by-turn.ts'
import { inTime } from '../timing/in-time.ts'
import type { RankedList, RankedEntry, RankIndex, Top } from '../actions/ports/ranks.ts'
import { assignRanks, scoreOfKey, sortKey, tieWidth } from '../ranking/order.ts'
import { createApplyRows, type ApplyOptions } from './apply-rows.ts'
import type { RedisClient } from './client.ts'
import { createFirstRows } from './first-rows.ts'
import { standingsKeys } from './keys.ts'
import { orLost } from './list-error.ts'
import type { Reply } from './scripts.ts'
import { createTops, type Head } from './tops.ts'

export interface RankStoreOptions extends Omit<ApplyOptions, 'places'> {
  redis: RedisClient
  /** Makes a lost list whole from Postgres; resolves with what it is called now, null when it is not whole. */
  restore(list: RankedList): Promise<RankedList | null>
}

/** A list that cannot be served; its restore was started. */
export class NotWhole extends Error {}

// About 2 us a list.
const listsPerCall = 500

// Reads that wait for a list at once; more go to Postgres at once, or are refused by its cap.
const waitersMax = 1000

/** Ranks in Redis. Reads reject unless the list is whole, or becomes so in time; the restore of a lost one is started. */
export function createRankStore(options: RankStoreOptions): RankIndex {
  const { redis, gate } = options

  let waiting = 0
  const answer = async (list: RankedList, call: (...head: Head) => Promise<Reply>): Promise<Reply> => {
    if (!gate.usable()) throw new NotWhole('Redis has not caught up')
    const ask = ({ board, standings }: RankedList) => {
      const keys = standingsKeys(board.no, standings.id)
      const asked = call(3, keys.list, keys.versions, keys.meta, standings.generation)
      return orLost<Reply>(redis, { board, standings }, asked, () => ['LOST', 0]).catch((error: unknown) => {
        gate.suspect(error)
        throw error
      })
    }
    const reply = await ask(list)
    if (reply[0] === 'WHOLE') return reply
    const restored = options.restore(list)
    if (waiting >= waitersMax) throw new NotWhole('many wait for the list')
    waiting += 1
    const whole = await inTime(restored, options.restoreWaitMs).finally(() => (waiting -= 1))
    const again = whole === null || !gate.usable() ? null : await ask(whole)
    if (again?.[0] === 'WHOLE') return again
    throw new NotWhole(`list is ${String(reply[0])}`)
  }

  const readPlaces = async (list: RankedList, playerIds: string[]) => {
    const { rankStyle, ties } = list.board
    const reply = await answer(list, (...head) => redis.rpPlaces(...head, rankStyle, ties, ...playerIds))
    return playerIds.map((_, index) => {
      const [rank, position, key] = reply.slice(2 + index * 3, 5 + index * 3).map(Number)
      const place = rank === 0 ? null : { rank: rank!, position: position!, score: scoreOfKey(list.board, key!) }
      return { total: Number(reply[1]), place }
    })
  }
  const places = batchByTurn((list: RankedList) => list.standings.id, readPlaces)

  const tops = createTops(redis)
  const topBy = async (ask: typeof tops.alone, list: RankedList, limit: number, known: string | null): Promise<Top> => {
    const reply = await answer(list, (...head) => ask(head, limit, known))
    const revision = String(reply[2])
    const entries = revision === known ? null : entriesOf(list, reply, 3)
    return { total: Number(reply[1]), revision, entries }
  }
  const firstRows = createFirstRows({ top: (...asked) => topBy(tops.alone, ...asked), watch: gate.watch })

  return {
    usable: () => gate.usable(),

    async page(list, offset, limit) {
      if (offset === 0 && limit <= list.board.liveLimit) return firstRows(list, limit)
      const reply = await answer(list, (...head) => redis.rpPage(...head, list.board.rankStyle, offset, limit))
      return { total: Number(reply[1]), entries: rankedEntries(list, reply, 3, offset, Number(reply[2])) }
    },

    async places(list, playerIds) {
      const found = await Promise.all(playerIds.map((id) => places(list, id)))
      return { total: found[0]?.total ?? 0, places: found.map((one) => one.place) }
    },

    async around(list, playerId, span) {
      const { rankStyle, ties } = list.board
      const reply = await answer(list, (...head) => redis.rpAround(...head, rankStyle, ties, playerId, span))
      const total = Number(reply[1])
      if (Number(reply[2]) < 0) return { total, entries: [], self: null, start: 0 }
      const start = Number(reply[3])
      const entries = rankedEntries(list, reply, 5, start, Number(reply[4]))
      return { total, entries, self: entries[Number(reply[2]) - start] ?? null, start }
    },

    async count(list, score) {
      const reply = await answer(list, (...head) => redis.rpCount(...head, sortKey(list.board, score)))
      return { total: Number(reply[1]), ahead: Number(reply[2]), equal: Number(reply[3]) }
    },

    top: (list, limit, known) => topBy((...asked) => tops.byTurn(list.board.no, asked), list, limit, known),

    async totals(board, standings) {
      if (!gate.usable()) return standings.map(() => null)
      const totals: (number | null)[] = []
      for (let from = 0; from < standings.length; from += listsPerCall) {
        const part = standings.slice(from, from + listsPerCall)
        const keys = part.flatMap(({ id }) => {
          const { list, versions, meta } = standingsKeys(board.no, id)
          return [list, versions, meta]
        })
        try {
          const reply = await redis.rpTotals(keys.length, ...keys, ...part.map(({ generation }) => generation))
          totals.push(...reply.map((total) => (total < 0 ? null : total)))
        } catch (error) {
          gate.suspect(error)
          totals.push(...part.map(() => null))
        }
      }
      return totals
    },

    apply: createApplyRows({ ...options, places: readPlaces }),
  }
}

function rankedEntries(list: RankedList, reply: Reply, from: number, offset: number, firstRank: number): RankedEntry[] {
  const entries = entriesOf(list, reply, from)
  const ranks = assignRanks(
    list.board.rankStyle,
    entries.map((entry) => entry.score),
    offset,
    firstRank,
  )
  return entries.map(({ playerId, score }, index) => ({ playerId, score, rank: ranks[index]! }))
}

function entriesOf(list: RankedList, reply: Reply, from: number): { playerId: string; score: number }[] {
  const width = tieWidth(list.board.ties)
  const entries: { playerId: string; score: number }[] = []
  for (let at = from; at + 1 < reply.length; at += 2)
    entries.push({ playerId: String(reply[at]).slice(width), score: scoreOfKey(list.board, Number(reply[at + 1])) })
  return entries
}
