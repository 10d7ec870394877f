import { batchByTurn } from '../actions/batch-by-turn.ts'
import type { Board, PlacedAt, RankedEntry, SealedReader, Slice } from '../actions/ports.ts'
import { assignRanks } from '../ranking/order.ts'
import type { Pool, Tagged } from './client.ts'
import { cap, withLimit } from './entries.ts'
import { createSealedCache } from './sealed-cache.ts'
import { createSealedOrder, type SealedOrder } from './sealed-order.ts'

interface Row {
  player_id: string
  score: number
  final_rank: number
}

export interface SealedReaderOptions {
  concurrency: number
  queue: number
  deadlineMs: number
  /** Milliseconds to keep answers. */
  ttlMs: number
}

/**
 * Reads of sealed standings in the order of `final_rank`, counted among the visible entries: whoever is hidden or erased
 * later leaves no gap, and comes back to the same place. `UNAVAILABLE` when Postgres does not answer in time.
 */
export function createSealedReader(pool: Pool, options: SealedReaderOptions): SealedReader {
  const { sql } = pool
  const inTime = withLimit(pool, options.deadlineMs)
  const capped = cap(options, 'too many reads of sealed standings wait for Postgres; try again shortly')
  const cache = createSealedCache(options.ttlMs)
  const read = <T>(work: (tx: Tagged) => Promise<T>): Promise<T> =>
    capped(() => inTime(async () => (await sql.begin('isolation level repeatable read read only', work)) as T))

  const visible = (tx: Tagged, id: number) => tx`standings_id = ${id} and final_rank is not null and not hidden`
  /** Runs of final ranks without a gap: found once, they turn positions into final ranks and back. */
  const orderOf = async (tx: Tagged, { standings: { id } }: Board): Promise<SealedOrder> => {
    const name = cache.nameOf(id, 'order')
    const known = cache.get(name)
    if (known) return known as SealedOrder
    const [row] = await tx<{ total: number; runs: string | null }[]>`
      select coalesce(sum(n), 0)::int8 as total, json_agg(json_build_array(first, gap) order by first)::text as runs
      from (
        select min(final_rank) as first, gap, count(*) as n from (
          select final_rank, final_rank - row_number() over (order by final_rank) as gap
          from leaderboard_entries where ${visible(tx, id)}
        ) e group by gap
      ) run`
    const order = createSealedOrder(row!.total, JSON.parse(row!.runs ?? '[]') as [number, number][])
    cache.keep(name, order, order.runs)
    return order
  }
  /** The position of the last row ahead that does not share the score; 0 when there is none. */
  const behindOthers = async (tx: Tagged, of: Board, order: SealedOrder, rows: Row[]): Promise<number[]> => {
    if (of.board.rankStyle === 'ordinal' || rows.length === 0) return rows.map(() => 0)
    const found = await tx<{ ahead: number | null }[]>`
      select (select final_rank from leaderboard_entries where ${visible(tx, of.standings.id)}
          and final_rank < r.final_rank and score <> r.score order by final_rank desc limit 1) as ahead
      from unnest(${rows.map((row) => row.final_rank)}::int[], ${rows.map((row) => row.score)}::int8[])
        with ordinality r (final_rank, score, ordinal) order by ordinal`
    return found.map(({ ahead }) => (ahead === null ? 0 : order.positionOf(ahead)))
  }
  const slice = async (tx: Tagged, of: Board, offset: number, limit: number): Promise<Slice> => {
    const order = await orderOf(tx, of)
    const rows = await tx<Row[]>`
      select player_id, score, final_rank from leaderboard_entries
      where ${visible(tx, of.standings.id)} and final_rank >= ${order.finalRankAt(offset + 1)}
      order by final_rank limit ${limit}`
    const [ahead] = await behindOthers(tx, of, order, rows.slice(0, 1))
    const scores = rows.map((row) => row.score)
    const style = of.board.rankStyle
    const ranks = assignRanks(style, scores, offset, style === 'ordinal' ? offset + 1 : (ahead ?? 0) + 1)
    const entries = rows.map((row, at) => ({ playerId: row.player_id, score: row.score, rank: ranks[at]! }))
    return { total: order.total, entries }
  }

  interface Found {
    total: number
    place: PlacedAt | null
  }
  const findPlaces = (of: Board, playerIds: string[]) =>
    read(async (tx): Promise<Found[]> => {
      const order = await orderOf(tx, of)
      const rows = await tx<Row[]>`
        select player_id, score, final_rank from leaderboard_entries
        where ${visible(tx, of.standings.id)} and player_id = any(${playerIds}::text[])`
      const ahead = await behindOthers(tx, of, order, rows)
      const places = new Map(
        rows.map((row, at) => {
          const position = order.positionOf(row.final_rank)
          const rank = of.board.rankStyle === 'ordinal' ? position : ahead[at]! + 1
          return [row.player_id, { rank, position, score: row.score }]
        }),
      )
      return playerIds.map((id) => ({ total: order.total, place: places.get(id) ?? null }))
    })
  const placeByTurn = batchByTurn((of: Board) => of.standings.id, findPlaces)
  const placeOf = (of: Board, playerId: string) =>
    cache.through(
      of.standings.id,
      `${of.board.rankStyle} place ${playerId}`,
      () => 1,
      () => placeByTurn(of, playerId),
    )
  const page = (of: Board, offset: number, limit: number): Promise<Slice> =>
    cache.through(
      of.standings.id,
      `${of.board.rankStyle} page ${offset} ${limit}`,
      ({ entries }) => entries.length,
      () => read((tx) => slice(tx, of, offset, limit)),
    )

  return {
    page,
    async places(of, playerIds) {
      const found = await Promise.all(playerIds.map((id) => placeOf(of, id)))
      return { total: found[0]?.total ?? 0, places: found.map(({ place }) => place) }
    },
    async around(of, playerId, span) {
      const { total, place } = await placeOf(of, playerId)
      if (place === null) return { total, entries: [], self: null, start: 0 }
      const size = Math.min(2 * span + 1, total)
      const start = Math.max(0, Math.min(place.position - 1 - span, total - size))
      const { entries } = await page(of, start, size)
      const self: RankedEntry = { playerId, score: place.score, rank: place.rank }
      return { total, entries, self: entries.some((one) => one.playerId === playerId) ? self : null, start }
    },
    count: (of, score) =>
      cache.through(
        of.standings.id,
        `count ${score}`,
        () => 1,
        () =>
          read(async (tx) => {
            const better = tx.unsafe(of.board.order === 'desc' ? '>' : '<')
            const [row] = await tx<{ total: number; ahead: number; equal: number }[]>`
              select count(*) as total, count(*) filter (where score ${better} ${score}) as ahead,
                count(*) filter (where score = ${score}) as equal
              from leaderboard_entries where ${visible(tx, of.standings.id)}`
            return row!
          }),
      ),
    forget: cache.forget,
  }
}
