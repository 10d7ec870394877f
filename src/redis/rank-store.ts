import { batchByTurn } from '../actions/batch-by-turn.ts'
import { inTime } from '../actions/in-time.ts'
import type { AppliedRank, Board, RankedEntry, RankIndex, RankRow, Top } from '../actions/ports.ts'
import type { ListWriter, Versioned } from '../actions/repair-ports.ts'
import { assignRanks, scoreOfKey, sortKey, tieWidth } from '../ranking/order.ts'
import type { RedisClient } from './client.ts'
import { createFirstRows } from './first-rows.ts'
import { standingsKeys } from './keys.ts'
import { orLost } from './list-error.ts'
import type { Reply } from './scripts.ts'
import { createTops, type Head } from './tops.ts'

/** What may be done with the lists, and where to report that they may lack something. */
export interface Gate {
  /** Redis answers: rows go in. */
  connected(): boolean
  /** Nothing committed is missing from the lists: they may be served. */
  usable(): boolean
  /** Something was not applied or not answered: nothing is served until a catch-up has gone through. */
  suspect(reason: unknown): void
  /** Answers whether the connection of now is still the one, however often it is asked later. */
  watch(): () => boolean
}

export interface RankStoreOptions {
  redis: RedisClient
  writer: ListWriter
  gate: Gate
  /** Makes a lost list whole from Postgres; resolves with what it is called now, null when it is not whole. */
  restore(of: Board): Promise<Board | null>
  /**
   * Sees to it that a list which did not take committed rows has them, or is LOST and being restored from later than them.
   * Answers what the list is called now, null when there is none.
   */
  catchUpList(of: Board, rows: Versioned[]): Promise<Board | null>
  /** Milliseconds that a read, or an application of however many lists, waits for lists being restored. */
  restoreWaitMs: number
}

/** A list that cannot be served; its restore was started. */
export class NotWhole extends Error {}

// About 15 us a row: a call stays near 2 ms.
const rowsPerCall = 100

// About 2 us a list.
const listsPerCall = 500

// Reads that wait for a list at once; more are answered from Postgres straight away, or refused by its cap.
const waitersMax = 1000

/** Ranks in Redis. Reads reject unless the list is whole, or becomes so in time; the restore of a lost one is started. */
export function createRankStore(options: RankStoreOptions): RankIndex {
  const { redis, gate } = options

  let waiting = 0
  const answer = async (of: Board, call: (...head: Head) => Promise<Reply>): Promise<Reply> => {
    if (!gate.usable()) throw new NotWhole('Redis has not caught up')
    const ask = ({ board, standings }: Board) => {
      const keys = standingsKeys(board.no, standings.id)
      const asked = call(3, keys.list, keys.versions, keys.meta, standings.generation)
      return orLost<Reply>(redis, { board, standings }, asked, () => ['LOST', 0]).catch((error: unknown) => {
        gate.suspect(error)
        throw error
      })
    }
    const reply = await ask(of)
    if (reply[0] === 'WHOLE') return reply
    const restored = options.restore(of)
    if (waiting >= waitersMax) throw new NotWhole('many wait for the list')
    waiting += 1
    const whole = await inTime(restored, options.restoreWaitMs).finally(() => (waiting -= 1))
    const again = whole === null || !gate.usable() ? null : await ask(whole)
    if (again?.[0] === 'WHOLE') return again
    throw new NotWhole(`list is ${String(reply[0])}`)
  }

  const readPlaces = async (of: Board, playerIds: string[]) => {
    const { rankStyle, ties } = of.board
    const reply = await answer(of, (...head) => redis.rpPlaces(...head, rankStyle, ties, ...playerIds))
    return playerIds.map((_, index) => {
      const [rank, position, key] = reply.slice(2 + index * 3, 5 + index * 3).map(Number)
      const place = rank === 0 ? null : { rank: rank!, position: position!, score: scoreOfKey(of.board, key!) }
      return { total: Number(reply[1]), place }
    })
  }
  const places = batchByTurn((of: Board) => of.standings.id, readPlaces)

  const tops = createTops(redis)
  const topBy = async (ask: typeof tops.alone, of: Board, limit: number, known: string | null): Promise<Top> => {
    const reply = await answer(of, (...head) => ask(head, limit, known))
    const revision = String(reply[2])
    const entries = revision === known ? null : entriesOf(of, reply, 3)
    return { total: Number(reply[1]), revision, entries }
  }
  const firstRows = createFirstRows({ top: (...asked) => topBy(tops.alone, ...asked), watch: gate.watch })

  return {
    usable: () => gate.usable(),

    async page(of, offset, limit) {
      if (offset === 0 && limit <= of.board.liveLimit) return firstRows(of, limit)
      const reply = await answer(of, (...head) => redis.rpPage(...head, of.board.rankStyle, offset, limit))
      return { total: Number(reply[1]), entries: rankedEntries(of, reply, 3, offset, Number(reply[2])) }
    },

    async places(of, playerIds) {
      const found = await Promise.all(playerIds.map((id) => places(of, id)))
      return { total: found[0]?.total ?? 0, places: found.map((one) => one.place) }
    },

    async around(of, playerId, span) {
      const { rankStyle, ties } = of.board
      const reply = await answer(of, (...head) => redis.rpAround(...head, rankStyle, ties, playerId, span))
      const total = Number(reply[1])
      if (Number(reply[2]) < 0) return { total, entries: [], self: null, start: 0 }
      const start = Number(reply[3])
      const entries = rankedEntries(of, reply, 5, start, Number(reply[4]))
      return { total, entries, self: entries[Number(reply[2]) - start] ?? null, start }
    },

    async count(of, score) {
      const reply = await answer(of, (...head) => redis.rpCount(...head, sortKey(of.board, score)))
      return { total: Number(reply[1]), ahead: Number(reply[2]), equal: Number(reply[3]) }
    },

    top: (of, limit, known) => topBy((...asked) => tops.byTurn(of.board.no, asked), of, limit, known),

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

    async apply(rows, waitMs = options.restoreWaitMs) {
      const results: (AppliedRank | null)[] = rows.map(() => null)
      if (!gate.connected()) {
        gate.suspect('Redis is away')
        return results
      }
      // One wait for all lists that are late, not one after the other.
      const until = Date.now() + waitMs
      await Promise.all(chunksByBoard(rows).map((chunk) => applyChunk(rows, chunk, until, results)))
      // Before the catch-up is through, a list may lack others' rows: its ranks are not right yet.
      return gate.usable() ? results : rows.map(() => null)
    },
  }

  async function applyChunk(
    rows: RankRow[],
    chunk: number[],
    until: number,
    results: (AppliedRank | null)[],
  ): Promise<void> {
    const groups = groupsOf(rows, chunk)
    try {
      const applied = await options.writer.write(
        groups.map(({ of, indices }) => ({ of, rows: indices.map((index) => rows[index]!) })),
        true,
      )
      const late: Promise<void>[] = []
      applied.forEach(({ state, total, ranks }, at) => {
        const { of, indices } = groups[at]!
        if (state !== 'WHOLE') late.push(applyLate(of, indices, state === 'LOST'))
        else
          indices.forEach((index, row) => {
            const { before, after } = ranks[row]!
            results[index] = { before, after, total }
          })
      })
      if (late.length > 0) await Promise.all(late)
    } catch (error) {
      gate.suspect(error)
    }

    async function applyLate(of: Board, indices: number[], lost: boolean): Promise<void> {
      const own = indices.map((index) => rows[index]!)
      const now = lost ? await options.catchUpList(of, own) : of
      const leftMs = until - Date.now()
      if (now === null || leftMs <= 0) return
      const found = await inTime(laterRanks(now, own), leftMs)
      found?.forEach((rank, row) => (results[indices[row]!] = rank))
    }
  }

  /** The ranks of committed rows when their list is whole; they are not written again, since others changed it meanwhile. */
  async function laterRanks(of: Board, rows: RankRow[]): Promise<AppliedRank[]> {
    const players = rows.map(({ playerId }) => playerId)
    return (await readPlaces(of, players)).map(({ total, place }) => ({
      before: null,
      after: place?.rank ?? null,
      total,
    }))
  }
}

/** Indices of rows, grouped by leaderboard and cut into calls, in order. */
function chunksByBoard(rows: RankRow[]): number[][] {
  const byBoard = new Map<number, number[]>()
  rows.forEach((row, index) => {
    const list = byBoard.get(row.board.no)
    if (list) list.push(index)
    else byBoard.set(row.board.no, [index])
  })
  return [...byBoard.values()].flatMap((list) => {
    list.sort((a, b) => rows[a]!.standings.id - rows[b]!.standings.id)
    return Array.from({ length: Math.ceil(list.length / rowsPerCall) }, (_, call) =>
      list.slice(call * rowsPerCall, (call + 1) * rowsPerCall),
    )
  })
}

function groupsOf(rows: RankRow[], chunk: number[]): { of: Board; indices: number[] }[] {
  const groups = new Map<number, { of: Board; indices: number[] }>()
  for (const index of chunk) {
    const { board, standings } = rows[index]!
    const group = groups.get(standings.id)
    if (group) group.indices.push(index)
    else groups.set(standings.id, { of: { board, standings }, indices: [index] })
  }
  return [...groups.values()]
}

function rankedEntries(of: Board, reply: Reply, from: number, offset: number, firstRank: number): RankedEntry[] {
  const entries = entriesOf(of, reply, from)
  const ranks = assignRanks(
    of.board.rankStyle,
    entries.map((entry) => entry.score),
    offset,
    firstRank,
  )
  return entries.map(({ playerId, score }, index) => ({ playerId, score, rank: ranks[index]! }))
}

function entriesOf(of: Board, reply: Reply, from: number): { playerId: string; score: number }[] {
  const width = tieWidth(of.board.ties)
  const entries: { playerId: string; score: number }[] = []
  for (let at = from; at + 1 < reply.length; at += 2)
    entries.push({ playerId: String(reply[at]).slice(width), score: scoreOfKey(of.board, Number(reply[at + 1])) })
  return entries
}
