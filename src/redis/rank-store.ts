import { batchByTurn } from '../actions/batch-by-turn.ts'
import type { AppliedRank, Board, RankedEntry, RankIndex, RankRow } from '../actions/ports.ts'
import type { ListWriter } from '../actions/repair-ports.ts'
import { assignRanks, scoreOfKey, sortKey, tieWidth } from '../ranking/order.ts'
import type { RedisClient } from './client.ts'
import { createFirstRows } from './first-rows.ts'
import { standingsKeys } from './keys.ts'
import type { Reply } from './scripts.ts'

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
  /** Milliseconds that a receipt or a read waits for a list being restored. */
  restoreWaitMs: number
}

/** What the scripts that read a list begin with: the number of keys, the keys, the generation. */
type Head = [keys: 3, list: string, versions: string, meta: string, generation: number]

/** A list that cannot be served; its restore was started. */
export class NotWhole extends Error {}

// About 15 us a row: a call stays near 2 ms.
const rowsPerCall = 100

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
      return call(3, keys.list, keys.versions, keys.meta, standings.generation).catch((error: unknown) => {
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

  const places = batchByTurn(
    (of: Board) => of.standings.id,
    async (of, playerIds: string[]) => {
      const { rankStyle, ties } = of.board
      const reply = await answer(of, (...head) => redis.rpPlaces(...head, rankStyle, ties, ...playerIds))
      return playerIds.map((_, index) => {
        const [rank, position, key] = reply.slice(2 + index * 3, 5 + index * 3).map(Number)
        const place = rank === 0 ? null : { rank: rank!, position: position!, score: scoreOfKey(of.board, key!) }
        return { total: Number(reply[1]), place }
      })
    },
  )

  const top: RankIndex['top'] = async (of, limit, known) => {
    const reply = await answer(of, (...head) => redis.rpTop(...head, limit, known ?? ''))
    const revision = String(reply[2])
    const entries = revision === known ? null : entriesOf(of, reply, 3)
    return { total: Number(reply[1]), revision, entries }
  }
  const firstRows = createFirstRows({ top, watch: gate.watch, now: Date.now })

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

    top,

    async apply(rows) {
      const results: (AppliedRank | null)[] = rows.map(() => null)
      if (!gate.connected()) {
        gate.suspect('Redis is away')
        return results
      }
      await Promise.all(chunksByBoard(rows).map((chunk) => applyChunk(options, rows, chunk, results)))
      // Before the catch-up is through, a list may lack others' rows: its ranks are not right yet.
      return gate.usable() ? results : rows.map(() => null)
    },
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

async function applyChunk(
  { writer, gate, restore, restoreWaitMs }: RankStoreOptions,
  rows: RankRow[],
  chunk: number[],
  results: (AppliedRank | null)[],
): Promise<void> {
  const groups = new Map<number, { of: Board; indices: number[] }>()
  for (const index of chunk) {
    const { board, standings } = rows[index]!
    const group = groups.get(standings.id)
    if (group) group.indices.push(index)
    else groups.set(standings.id, { of: { board, standings }, indices: [index] })
  }
  const list = [...groups.values()]
  const write = (some: typeof list) =>
    writer.write(
      some.map(({ of, indices }) => ({ of, rows: indices.map((index) => rows[index]!) })),
      true,
    )
  try {
    const applied = await write(list)
    const lost: typeof list = []
    applied.forEach((group, at) => {
      if (group.state === 'WHOLE') fill(list[at]!.indices, group)
      else lost.push(list[at]!)
    })
    for (const group of lost) {
      // The rows are committed, so the restore brings them; applying them once more only asks for their ranks.
      const whole = await inTime(restore(group.of), restoreWaitMs)
      if (whole === null) continue
      const [again] = await write([{ ...group, of: whole }])
      if (again?.state === 'WHOLE') fill(group.indices, again, false)
    }
  } catch (error) {
    gate.suspect(error)
  }

  function fill(indices: number[], group: Awaited<ReturnType<ListWriter['write']>>[number], knownBefore = true): void {
    indices.forEach((index, row) => {
      const ranks = group.ranks[row]!
      results[index] = { before: knownBefore ? ranks.before : null, after: ranks.after, total: group.total }
    })
  }
}

function inTime<T>(work: Promise<T | null>, ms: number): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), ms)
    void work.then(resolve, () => resolve(null)).finally(() => clearTimeout(timer))
  })
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
