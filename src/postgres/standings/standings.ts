import type { RowOf } from '../schema/rows.ts'
import type { standings } from '../schema/standings.ts'
import { LRUCache } from 'lru-cache'
import { batchByTurn } from '../../timing/batch-by-turn.ts'
import type { Standings, StandingsStore } from '../../actions/ports/standings.ts'
import type { Changed } from '../../actions/ports/changes.ts'
import { leaderboardTypes, type Leaderboard } from '../../ranking/leaderboard.ts'
import { formatSelector } from '../../ranking/selector.ts'
import type { Sql } from '../connection/client.ts'
import { withDeadline } from '../../timing/deadline.ts'
import { createReadOrder } from './read-order.ts'
import { earlier } from './sealing.ts'

type Row = RowOf<
  typeof standings,
  'id' | 'leaderboard_no' | 'type' | 'key' | 'starts_at' | 'ends_at' | 'status' | 'generation' | 'created_at'
>

const refreshMs = 500
const columns = 'id, leaderboard_no, type, key, starts_at, ends_at, status, generation, created_at'
const cacheKey = (no: number, type: string, key: string) => `${no}/${type}:${key}`

/**
 * Standings rows. The cache (100,000 rows, 1 s for what may change) never decides whether a window is open: the ledger
 * reads status and end again after its locks. `onBegun` is called with rows that were made here.
 */
export function createStandingsStore(sql: Sql, onBegun: (what: Changed) => void = () => {}): StandingsStore {
  const byKey = new LRUCache<string, Standings>({ max: 100_000 })
  const byId = new LRUCache<number, Standings>({ max: 100_000 })
  const freshReads = new LRUCache<string, true>({ max: 10_000, ttl: 1000 })

  const order = createReadOrder()
  /** Returns what is known now: the row, or a newer one. */
  const remember = (row: Row, mark: number): Standings => {
    const known = byId.get(row.id)
    const standings: Standings = {
      id: row.id,
      leaderboardNo: row.leaderboard_no,
      type: row.type,
      key: row.key,
      startsAt: row.starts_at?.getTime() ?? null,
      endsAt: row.ends_at?.getTime() ?? null,
      status: row.status,
      generation: row.generation,
      createdAt: row.created_at.getTime(),
    }
    if (!order.replaces(mark, known)) return known ?? standings
    order.note(standings, mark)
    byKey.set(cacheKey(standings.leaderboardNo, standings.type, standings.key), standings)
    byId.set(standings.id, standings)
    return standings
  }
  type Key = { no: number; type: string; key: string }
  /** The rows there are, by `cacheKey`: one index probe a key, whatever the statistics say. */
  const read = async (keys: Key[]) => {
    const mark = order.mark()
    const rows = await sql<Row[]>`
      select s.* from unnest(
        ${keys.map(({ no }) => no)}::int[], ${keys.map(({ type }) => type)}::text[], ${keys.map(({ key }) => key)}::text[]
      ) r (leaderboard_no, type, key)
      cross join lateral (
        select ${sql.unsafe(columns)} from standings
        where leaderboard_no = r.leaderboard_no and type = r.type::leaderboard_type and key = r.key limit 1
      ) s`
    return new Map(rows.map((row) => [cacheKey(row.leaderboard_no, row.type, row.key), remember(row, mark)]))
  }
  // A server that was started with newer rules of a time zone corrects what is open: else a part of the period would be
  // refused, or go nowhere.
  const make = async (wanted: Parameters<StandingsStore['ensure']>[0]) => {
    const [noted] = await sql<{ what: Changed }[]>`
      with wanted as (
        select * from unnest(
          ${wanted.map(({ board }) => board.no)}::int[], ${wanted.map(({ target }) => target.type)}::text[],
          ${wanted.map(({ target }) => target.key)}::text[], ${wanted.map(({ target }) => target.startsAt)}::int8[],
          ${wanted.map(({ target }) => target.endsAt)}::int8[],
          ${wanted.map(({ board, target }) => `${board.id}/${formatSelector(target.type, target.key)}`)}::text[]
        ) r (leaderboard_no, type, key, starts_ms, ends_ms, room)
      ), made as (
        insert into standings (leaderboard_no, type, key, starts_at, ends_at)
        select leaderboard_no, type::leaderboard_type, key, to_timestamp(starts_ms / 1000.0), to_timestamp(ends_ms / 1000.0)
        from wanted where exists (select 1 from leaderboards where no = wanted.leaderboard_no and deleted_at is null)
        order by leaderboard_no, type, key on conflict (leaderboard_no, type, key) do update
          set starts_at = excluded.starts_at, ends_at = excluded.ends_at
          where standings.status = 'OPEN' and standings.type in ('DAILY', 'WEEKLY', 'MONTHLY')
            and (standings.starts_at, standings.ends_at) is distinct from (excluded.starts_at, excluded.ends_at)
        returning leaderboard_no, type::text, key
      )
      insert into changes (what)
      select jsonb_build_object('begun', jsonb_agg(room)) from made join wanted using (leaderboard_no, type, key)
      having count(*) > 0 returning what`
    if (noted) onBegun(noted.what)
  }
  // Two statements however many are missing: make what may be made, then read all of them.
  const load = async (missing: Parameters<StandingsStore['ensure']>[0]) => {
    const made = missing.filter((want) => want.make)
    if (made.length > 0) await make(made)
    return read(missing.map(({ board, target: { type, key } }) => ({ no: board.no, type, key })))
  }
  // Live rooms look theirs up at the same time.
  const select = batchByTurn(
    () => 0,
    async (_: typeof sql, keys: Key[]) => {
      const found = await read(keys)
      return keys.map(({ no, type, key }) => found.get(cacheKey(no, type, key)) ?? null)
    },
  )

  const known = (
    wanted: { board: Leaderboard; target: { type: string; key: string } }[],
    loaded?: Map<string, Standings>,
  ) =>
    wanted.map(({ board, target }) => {
      const key = cacheKey(board.no, target.type, target.key)
      return byKey.get(key) ?? loaded?.get(key) ?? null
    })
  const knownIds = (ids: number[]) => new Map(ids.flatMap((id) => (byId.has(id) ? [[id, byId.get(id)!] as const] : [])))

  return {
    ensure(wanted) {
      const found = known(wanted)
      if (!found.includes(null)) return found
      const missing = new Map<string, (typeof wanted)[number]>()
      for (const want of wanted) {
        const key = cacheKey(want.board.no, want.target.type, want.target.key)
        // One that may not make it must not keep another item of the batch from making it.
        if (!byKey.has(key) && !missing.get(key)?.make) missing.set(key, want)
      }
      return load([...missing.values()]).then((loaded) => known(wanted, loaded))
    },

    find(board, type, key) {
      const name = cacheKey(board.no, type, key)
      const cached = byKey.get(name)
      if (!cached) return select(sql, { no: board.no, type, key })
      if (freshReads.has(name)) return cached
      // One read refreshes. While Postgres is unreachable, the cached row still names the right list.
      freshReads.set(name, true)
      return withDeadline(select(sql, { no: board.no, type, key }), refreshMs, 'standings').catch(
        () => byKey.get(name) ?? cached,
      )
    },

    byIds(ids) {
      const missing = ids.filter((id) => !byId.has(id))
      if (missing.length === 0) return knownIds(ids)
      const mark = order.mark()
      return sql<Row[]>`select ${sql.unsafe(columns)} from standings where id = any(${missing}::int8[])`.then(
        (rows) => new Map([...rows.map((row) => [row.id, remember(row, mark)] as const), ...knownIds(ids)]),
      )
    },

    async reload(id) {
      const mark = order.mark()
      const rows = await sql<Row[]>`select ${sql.unsafe(columns)} from standings where id = ${id}`
      if (rows[0]) return remember(rows[0], mark)
      const cached = byId.get(id)
      byId.delete(id)
      if (cached) byKey.delete(cacheKey(cached.leaderboardNo, cached.type, cached.key))
      return null
    },

    async reloadAll(ids) {
      const mark = order.mark()
      const rows = await sql<Row[]>`select ${sql.unsafe(columns)} from standings where id = any(${ids}::int8[])`
      return new Map(rows.map((row) => [row.id, remember(row, mark)] as const))
    },

    async open(board) {
      const mark = order.mark()
      const rows = await sql<Row[]>`
        select ${sql.unsafe(columns)} from standings
        where leaderboard_no = ${board.no} and status in ('OPEN', 'CLOSING') order by id`
      return rows.map((row) => remember(row, mark))
    },

    // Rows are locked in order: others change several at a time.
    async nextGenerations(of) {
      const rows = await sql<Row[]>`
        update standings set generation = generation + 1 where id = any(array(
          select s.id from unnest(
            ${of.map(({ id }) => id)}::int8[], ${of.map(({ generation }) => generation)}::int[]
          ) r (id, generation)
          cross join lateral (
            select id from standings where id = r.id and generation = r.generation for no key update
          ) s order by r.id
        )) returning ${sql.unsafe(columns)}`
      const mark = order.mark()
      return new Map(rows.map((row) => [row.id, remember(row, mark)] as const))
    },

    forget() {
      order.forget()
      byKey.clear()
      byId.clear()
      freshReads.clear()
    },

    async begun(board, { type, at, limit, after }) {
      const types = type === undefined ? leaderboardTypes : [type]
      const [micros, id] = after?.split('.').map(Number) ?? [at * 1000, Number.MAX_SAFE_INTEGER]
      const mark = order.mark()
      // As many index entries a type as are wanted, however many there are.
      const rows = await sql<(Row & { micros: number })[]>`
        select s.* from unnest(${types}::text[]) t (type) cross join lateral (
          select ${sql.unsafe(columns)}, (extract(epoch from coalesce(starts_at, created_at)) * 1000000)::int8 as micros
          from standings
          where leaderboard_no = ${board.no} and type = t.type::leaderboard_type
            and coalesce(starts_at, created_at) is not null and (coalesce(starts_at, created_at), id)
            < ('epoch'::timestamptz + ${micros!}::int8 * interval '1 microsecond', ${id!}::int8)
          order by coalesce(starts_at, created_at) desc, id desc limit ${limit + 1}
        ) s order by micros desc, id desc limit ${limit + 1}`
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        rows: page.map((row) => remember(row, mark)),
        next: rows.length > limit && last ? `${last.micros}.${last.id}` : null,
      }
    },

    async close(board, key, at) {
      const rows = await sql<Row[]>`
        update standings set ends_at = coalesce(ends_at, ${earlier(sql, at)}),
          status = case when status = 'OPEN' then 'CLOSING'::standings_status else status end
        where leaderboard_no = ${board.no} and type = 'SESSION' and key = ${key} returning ${sql.unsafe(columns)}`
      return rows[0] ? remember(rows[0], order.mark()) : null
    },
  }
}
