import type { RowOf } from '../schema/rows.ts'
import type { standings } from '../schema/standings.ts'
import type { finalPlaces } from '../schema/final-places.ts'
import type { leaderboards } from '../schema/leaderboards.ts'
import { deadlineOver } from '../connection/read-limits.ts'
import type { PeriodStore, Sealing } from '../../actions/ports/periods.ts'
import type { Pool, Sql, Tagged } from '../connection/client.ts'
import { inTransaction } from '../connection/transaction.ts'
import { columnsOf } from './list-scan.ts'

type SealingRow = RowOf<typeof standings, 'id' | 'type' | 'key'> &
  RowOf<typeof leaderboards, 'ties'> & { leaderboard: string; order: Sealing['rules']['order'] }

// Any number that nothing else in this database locks by.
const sealingLock = 7_210_417
const queryMs = 5000
// A batch reads all entries to find those that follow.
const batchMs = 600_000

/** Closing and sealing in Postgres. Every call is safe when several nodes make it at once, and whenever it is cut. */
export function createPeriodStore(pool: Pool): PeriodStore {
  const { sql } = pool
  const inTime = deadlineOver(pool, queryMs, 'sealing query')

  return {
    closeEnded: (now, limit) => inTime(closeEnded(sql, now, limit)),

    async closeIdle(now, idleMs, after, limit) {
      const rows = await inTime(openSessions(sql, now, idleMs, after, limit))
      const idle = rows.filter((row) => row.idle).map((row) => row.id)
      const last = rows.length < limit ? undefined : rows.at(-1)
      return {
        closed: idle.length === 0 ? 0 : await inTime(closeSessions(sql, idle, now)),
        next: last === undefined ? null : { createdAt: last.created_at, id: last.id },
      }
    },

    beginSealing: (before, limit) => inTime(beginSealing(sql, before, limit)),

    async sealing(limit) {
      const rows = await inTime(sql<SealingRow[]>`
        select s.id, s.type, s.key, l.id as leaderboard, l.rank_order as order, l.ties
        from standings s ${leaderboardColumns(sql)}
        where s.status <> 'SEALED' and s.status = 'SEALING' and l.deleted_at is null order by s.ends_at limit ${limit}`)
      return rows.map(({ order, ties, ...row }) => ({ ...row, rules: { order, ties } }))
    },

    async drawHorizon() {
      const [row] = await inTime(sql<{ xid: string }[]>`select pg_current_xact_id()::text as xid`)
      return row!.xid
    },

    async isSettled(horizon) {
      const [row] = await inTime(sql<{ settled: boolean }[]>`
        select pg_snapshot_xmin(pg_current_snapshot()) >= ${horizon}::text::xid8 as settled`)
      return row!.settled
    },

    async countEntries(standingsId) {
      const [row] = await inTime(
        sql<{ n: number }[]>`select count(*) as n from leaderboard_entries where standings_id = ${standingsId}`,
        batchMs,
      )
      return row!.n
    },

    rankBatch: (of, size, now) => inTime(rankBatch(sql, of, size, now), batchMs),

    reopen: (standingsId) => inTime(reopen(sql, standingsId), batchMs),

    async indexed(before, limit) {
      const rows = await inTime(sql<RowOf<typeof standings, 'id' | 'leaderboard_no'>[]>`
        select id, leaderboard_no from standings
        where status = 'SEALED' and indexed and sealed_at <= ${earlier(sql, before)} order by sealed_at limit ${limit}`)
      return rows.map((row) => ({ id: row.id, leaderboardNo: row.leaderboard_no }))
    },

    async markDropped(standingsIds) {
      await inTime((async () => sql`update standings set indexed = false where id = any(${standingsIds}::int8[])`)())
    },
  }
}

/**
 * An instant, or the beginning of the statement's transaction by Postgres' clock if that is earlier: a node whose clock is
 * ahead ends nothing. In milliseconds, as nodes know it: a finer end is never as a lane remembers it.
 */
export function earlier(sql: Tagged, at: number) {
  return sql`date_trunc('milliseconds', least(${new Date(at)}::timestamptz, now()))`
}

/** One index probe a row, whatever the statistics say: a join may begin with all leaderboards. */
function leaderboardColumns(sql: Sql) {
  return sql`cross join lateral (
    select id, rank_order, ties, grace_ms, deleted_at from leaderboards where no = s.leaderboard_no limit 1) l`
}

async function closeEnded(sql: Sql, now: number, limit: number): Promise<number> {
  const { count } = await sql`
    update standings set status = 'CLOSING' where id in (
      select s.id from standings s ${leaderboardColumns(sql)}
      where s.status <> 'SEALED' and s.status = 'OPEN' and s.ends_at <= ${earlier(sql, now)} and l.deleted_at is null
      order by s.ends_at limit ${limit} for update of s skip locked)`
  return count
}

async function beginSealing(sql: Sql, before: number, limit: number): Promise<number> {
  const at = earlier(sql, before)
  const { count } = await sql`
    update standings set status = 'SEALING' where id in (
      select s.id from standings s ${leaderboardColumns(sql)}
      where s.status <> 'SEALED' and s.status in ('OPEN', 'CLOSING') and s.ends_at <= ${at}
        and s.ends_at + make_interval(secs => l.grace_ms / 1000.0) <= ${at} and l.deleted_at is null
      order by s.ends_at limit ${limit} for update of s skip locked)`
  return count
}

interface OpenSession {
  id: number
  /** As Postgres writes it: a Date would lose its microseconds. */
  created_at: string
  idle: boolean
}

async function openSessions(
  sql: Sql,
  now: number,
  idleMs: number,
  after: { createdAt: string; id: number } | null,
  limit: number,
): Promise<OpenSession[]> {
  const since = sql`${earlier(sql, now)} - make_interval(secs => ${idleMs / 1000}::float8)`
  const { createdAt, id } = after ?? { createdAt: '-infinity', id: 0 }
  return sql<OpenSession[]>`
    select s.id, s.created_at::text as created_at,
      coalesce((select created_at from submissions where leaderboard_no = s.leaderboard_no and session_id = s.key
        order by id desc limit 1) <= ${since}, true) as idle
    from standings s ${leaderboardColumns(sql)}
    where s.type = 'SESSION' and s.status = 'OPEN' and l.deleted_at is null and s.created_at <= ${since}
      and s.created_at >= ${createdAt}::text::timestamptz
      and (s.created_at, s.id) > (${createdAt}::text::timestamptz, ${id}::int8)
    order by s.created_at, s.id limit ${limit}`
}

async function closeSessions(sql: Sql, ids: number[], now: number): Promise<number> {
  const { count } = await sql`
    update standings set ends_at = coalesce(ends_at, ${earlier(sql, now)}), status = 'CLOSING'
    where id = any(${ids}::int8[]) and status = 'OPEN'`
  return count
}

const lockKey = (tx: Tagged, id: ReturnType<Tagged>) => tx`(${id} % 2147483647)::int`

/**
 * Until the transaction ends, no batch is made of what is being sealed with an entry of the player: one that has read the
 * entry would name a person when all else of them is gone.
 */
export async function holdSealing(tx: Tagged, playerId: string): Promise<void> {
  await tx`
    select pg_advisory_xact_lock_shared(${sealingLock}::int, ${lockKey(tx, tx`id`)}) from (
      select id from standings
      where id = any(array(select standings_id from leaderboard_entries where player_id = ${playerId}))
        and status = 'SEALING' order by id) s`
}

async function rankBatch(sql: Sql, of: Sealing, size: number, now: number) {
  return inTransaction(sql, async (tx): ReturnType<PeriodStore['rankBatch']> => {
    // It passes over all entries of the standings, in whatever order they lie; the best ones are kept in a heap.
    const [lock] = await tx<{ got: boolean }[]>`
      select pg_try_advisory_xact_lock(${sealingLock}::int, ${lockKey(tx, tx`${of.id}::int8`)}) as got,
        set_config('enable_bitmapscan', 'on', true), set_config('work_mem', '256MB', true)`
    if (!lock!.got) return { state: 'BUSY', rows: 0, ranked: 0 }
    const { rows, last } = await writePlaces(tx, of, size)
    if (rows === size) return { state: 'MORE', rows, ranked: last }
    const { count } = await tx`
      update standings set status = 'SEALED', sealed_at = ${earlier(tx, now)} where id = ${of.id} and status = 'SEALING'`
    return { state: count === 0 ? 'BUSY' : 'SEALED', rows, ranked: last }
  })
}

async function reopen(sql: Sql, id: number) {
  return inTransaction(sql, async (tx): ReturnType<PeriodStore['reopen']> => {
    const [lock] = await tx<{ got: boolean }[]>`
      select pg_try_advisory_xact_lock(${sealingLock}::int, ${lockKey(tx, tx`${id}::int8`)}) as got`
    if (!lock!.got) return 'busy'
    const [row] = await tx<{ status: string; over: boolean }[]>`
      select status, type <> 'SESSION' and ends_at <= clock_timestamp() as over from standings where id = ${id} for update`
    if (!row) return 'none'
    if (row.status === 'SEALED') return 'sealed'
    if (row.status === 'OPEN') return 'open'
    if (row.over) return 'ended'
    await tx`
      update standings set status = 'OPEN', ends_at = case when type = 'SESSION' then null else ends_at end where id = ${id}`
    await tx`delete from final_places where standings_id = ${id}`
    return 'open'
  })
}

/**
 * Nothing but hiding and erasure changes these entries any more, so that each batch follows the one before. What was opened
 * again since it was listed gets no places.
 */
async function writePlaces(tx: Tagged, { id, rules }: Sealing, size: number): Promise<{ rows: number; last: number }> {
  const { key, tie } = columnsOf(rules)
  const order = tx.unsafe(`${key}, ${tie}, player_id`)
  const [last] = await tx<RowOf<typeof finalPlaces, 'place'>[]>`
    select place from final_places where standings_id = ${id} order by place desc limit 1`
  const [behind] = await tx<{ key: number; tie: number; playerId: string }[]>`
    select ${tx.unsafe(key)} as key, ${tx.unsafe(tie)} as tie, player_id as "playerId" from leaderboard_entries
    where standings_id = ${id} and player_id = (
      select player_id from final_places where standings_id = ${id} and player_id is not null order by place desc limit 1)`
  const { count } = await tx`
    insert into final_places (standings_id, place, player_id, score)
    select ${id}, ${last?.place ?? 0}::int + row_number() over (order by ${order}), player_id, score
    from (
      select player_id, score, tie from leaderboard_entries where standings_id = ${id}
        and (select status = 'SEALING' from standings where id = ${id})
        ${behind ? tx`and (${order}) > (${behind.key}, ${behind.tie}, ${behind.playerId})` : tx``}
      order by ${order} limit ${size}
    ) picked`
  return { rows: count, last: (last?.place ?? 0) + count }
}
