import type { RowOf } from '../schema/rows.ts'
import type { leaderboardEntries } from '../schema/leaderboard-entries.ts'
import type { finalPlaces } from '../schema/final-places.ts'
import { batchByTurn } from '../../timing/batch-by-turn.ts'
import type { SealedReader } from '../../actions/ports/entries.ts'
import type { RankedList, PlacedAt, RankedEntry, Slice } from '../../actions/ports/ranks.ts'
import { assignRanks, sharesRanks } from '../../ranking/order.ts'
import type { Pool, Tagged } from '../connection/client.ts'
import { cap, withLimit } from '../connection/read-limits.ts'
import { createSealedCache } from './sealed-cache.ts'
import { createSealedOrder, type SealedOrder } from './sealed-order.ts'

type Row = RowOf<typeof leaderboardEntries, 'player_id' | 'score'> & RowOf<typeof finalPlaces, 'place'>

export interface SealedReaderOptions {
  concurrency: number
  queue: number
  deadlineMs: number
  /** Milliseconds to keep answers. */
  ttlMs: number
}

/**
 * Reads of sealed standings in the order of their final places, counted among the visible ones: a player who is hidden or
 * erased later leaves no gap, and one who is shown again has the same place. `UNAVAILABLE` when Postgres does not answer in time.
 */
export function createSealedReader(pool: Pool, options: SealedReaderOptions): SealedReader {
  const { sql } = pool
  const inTime = withLimit(pool, options.deadlineMs)
  const capped = cap(options, 'too many reads of sealed standings wait for Postgres; try again shortly')
  const cache = createSealedCache(options.ttlMs)
  const read = <T>(work: (tx: Tagged) => Promise<T>): Promise<T> =>
    capped(() => inTime(async () => (await sql.begin('isolation level repeatable read read only', work)) as T))

  const orderOf = async (tx: Tagged, { standings: { id } }: RankedList): Promise<SealedOrder> => {
    const name = cache.nameOf(id, 'order')
    const known = cache.get(name)
    if (known) return known as SealedOrder
    const rows = await tx<{ last: number; gone: number | null }[]>`
      select coalesce(last, 0) as last, gone
      from (select (select place from final_places where standings_id = ${id} order by place desc limit 1) as last) l
      left join lateral (
        select place as gone from final_places where standings_id = ${id} and player_id is null
        union all
        select f.place from leaderboard_entries e cross join lateral ${placeOfEntry(tx)} f
        where e.standings_id = ${id} and e.hidden
      ) g on true order by gone`
    const gone = rows.flatMap((row) => row.gone ?? [])
    const order = createSealedOrder(rows[0]!.last, gone)
    cache.keep(name, order, gone.length)
    return order
  }
  /** The position of the last row ahead that does not share the score; 0 when there is none. */
  const behindOthers = async (tx: Tagged, list: RankedList, order: SealedOrder, rows: Row[]): Promise<number[]> => {
    if (!sharesRanks(list.board.rankStyle) || rows.length === 0) return rows.map(() => 0)
    const found = await tx<{ ahead: number | null }[]>`
      select (select place from final_places where standings_id = ${list.standings.id}
          and place < r.place and score <> r.score order by place desc limit 1) as ahead
      from unnest(${rows.map((row) => row.place)}::int[], ${rows.map((row) => row.score)}::int8[])
        with ordinality r (place, score, ordinal) order by ordinal`
    return found.map(({ ahead }) => (ahead === null ? 0 : order.positionOf(ahead)))
  }
  const slice = async (tx: Tagged, list: RankedList, offset: number, limit: number): Promise<Slice> => {
    const order = await orderOf(tx, list)
    const rows = await tx<Row[]>`
      select player_id, score, place from final_places f
      where standings_id = ${list.standings.id} and place >= ${order.placeAt(offset + 1)} and player_id is not null
        and not exists (
          select from leaderboard_entries
          where standings_id = f.standings_id and player_id = f.player_id and hidden)
      order by place limit ${limit}`
    const [ahead] = await behindOthers(tx, list, order, rows.slice(0, 1))
    const scores = rows.map((row) => row.score)
    const style = list.board.rankStyle
    const ranks = assignRanks(style, scores, offset, 1 + (sharesRanks(style) ? (ahead ?? 0) : offset))
    const entries = rows.map((row, at) => ({ playerId: row.player_id, score: row.score, rank: ranks[at]! }))
    return { total: order.total, entries }
  }

  interface Found {
    total: number
    place: PlacedAt | null
  }
  const findPlaces = (list: RankedList, playerIds: string[]) =>
    read(async (tx): Promise<Found[]> => {
      const order = await orderOf(tx, list)
      const rows = await tx<Row[]>`
        select e.player_id, e.score, f.place from leaderboard_entries e cross join lateral ${placeOfEntry(tx)} f
        where e.standings_id = ${list.standings.id} and e.player_id = any(${playerIds}::text[]) and not e.hidden`
      const ahead = await behindOthers(tx, list, order, rows)
      const places = new Map(
        rows.map((row, at) => {
          const position = order.positionOf(row.place)
          const rank = sharesRanks(list.board.rankStyle) ? ahead[at]! + 1 : position
          return [row.player_id, { rank, position, score: row.score }]
        }),
      )
      return playerIds.map((id) => ({ total: order.total, place: places.get(id) ?? null }))
    })
  const placeByTurn = batchByTurn((list: RankedList) => list.standings.id, findPlaces)
  const placeOf = (list: RankedList, playerId: string) =>
    cache.through(
      list.standings.id,
      `${list.board.rankStyle} place ${playerId}`,
      () => 1,
      () => placeByTurn(list, playerId),
    )
  const page = (list: RankedList, offset: number, limit: number): Promise<Slice> =>
    cache.through(
      list.standings.id,
      `${list.board.rankStyle} page ${offset} ${limit}`,
      ({ entries }) => entries.length,
      () => read((tx) => slice(tx, list, offset, limit)),
    )

  return {
    page,
    async places(list, playerIds) {
      const found = await Promise.all(playerIds.map((id) => placeOf(list, id)))
      return { total: found[0]?.total ?? 0, places: found.map(({ place }) => place) }
    },
    async around(list, playerId, span) {
      const { total, place } = await placeOf(list, playerId)
      if (place === null) return { total, entries: [], self: null, start: 0 }
      const size = Math.min(2 * span + 1, total)
      const start = Math.max(0, Math.min(place.position - 1 - span, total - size))
      const { entries } = await page(list, start, size)
      const self: RankedEntry = { playerId, score: place.score, rank: place.rank }
      return { total, entries, self: entries.some((one) => one.playerId === playerId) ? self : null, start }
    },
    count: (list, score) =>
      cache.through(
        list.standings.id,
        `count ${score}`,
        () => 1,
        () =>
          read(async (tx) => {
            const better = tx.unsafe(list.board.order === 'desc' ? '>' : '<')
            const order = await orderOf(tx, list)
            const [row] = await tx<{ ahead: number; through: number }[]>`
              select coalesce(max(place) filter (where score ${better} ${score}), 0) as ahead,
                coalesce(max(place) filter (where score ${better}= ${score}), 0) as through
              from final_places where standings_id = ${list.standings.id}`
            const [ahead, through] = [order.positionOf(row!.ahead), order.positionOf(row!.through)]
            return { total: order.total, ahead, equal: Math.max(0, through - ahead) }
          }),
      ),
    // Two probes of an index each, and one more a row that was hidden or erased.
    totals: (standingsIds) =>
      read(async (tx) => {
        const rows = await tx<{ id: number; total: number }[]>`
          select id, coalesce((select place from final_places where standings_id = s.id order by place desc limit 1), 0)
            - (select count(*) from final_places where standings_id = s.id and player_id is null)
            - (select count(*) from leaderboard_entries where standings_id = s.id and hidden) as total
          from unnest(${standingsIds}::int8[]) s (id)`
        return new Map(rows.map(({ id, total }) => [id, total]))
      }),
    forget: cache.forget,
  }
}

/** The place of an entry `e`: one index probe. */
function placeOfEntry(tx: Tagged) {
  return tx`(select place from final_places where player_id = e.player_id and standings_id = e.standings_id limit 1)`
}
