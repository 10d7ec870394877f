import type { FoldEntry, LedgerItem, StoredRow } from '../ranking/fold-batch.ts'
import { entryKey } from '../ranking/fold-batch.ts'
import type { Standings } from '../actions/ports.ts'
import type { StoredEffect } from './schema/submissions.ts'
import type { Transaction } from './client.ts'

export interface LockedPlayer {
  id: string
  region: string | null
  banned: boolean
}

/**
 * Locks the players' rows in id order; unknown players are not among the answer. This one lock serialises everything
 * that changes a player's entries; what is read after it is current. `ids` must be sorted and distinct.
 */
export async function lockPlayers(sql: Transaction, ids: string[]): Promise<Map<string, LockedPlayer>> {
  const rows = await sql<LockedPlayer[]>`
    select id, region, banned_at is not null as banned from players
    where id = any(${ids}::text[]) order by id for no key update`
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Makes players that were unknown when the locks were taken, which locks them. Answers how many it made: fewer than asked
 * for means that another transaction made one meanwhile, and what was read of that player is not current.
 */
export async function insertPlayers(sql: Transaction, ids: string[]): Promise<number> {
  const rows = await sql`
    insert into players (id, display_name) select id, id from unnest(${ids}::text[]) id order by id
    on conflict (id) do nothing returning 1`
  return rows.length
}

interface DuplicateRow {
  ordinal: number
  id: number
  score: number | null
  session_id: string | null
  occurred_ms: number
  occurred_sent: boolean
  effects: StoredEffect[]
}

/** Ledger rows under the items' keys. One index probe a key, whatever the statistics say. */
export async function findDuplicates(
  sql: Transaction,
  items: LedgerItem[],
): Promise<(Omit<StoredRow, 'effects'> & { ordinal: number; effects: StoredEffect[] })[]> {
  const rows = await sql<DuplicateRow[]>`
    select k.ordinal::int as ordinal, s.* from unnest(
      ${items.map((item) => item.board.no)}::int[],
      ${items.map((item) => item.playerId)}::text[],
      ${items.map((item) => item.submissionId)}::text[]
    ) with ordinality k (leaderboard_no, player_id, submission_id, ordinal)
    cross join lateral (
      select id, score, session_id, (extract(epoch from occurred_at) * 1000)::int8 as occurred_ms, occurred_sent, effects
      from submissions s
      where s.leaderboard_no = k.leaderboard_no and s.player_id = k.player_id and s.submission_id = k.submission_id
      limit 1
    ) s`
  return rows.map((row) => ({
    ordinal: row.ordinal,
    id: row.id,
    score: row.score,
    sessionId: row.session_id,
    occurredAt: row.occurred_ms,
    occurredSent: row.occurred_sent,
    effects: row.effects,
  }))
}

/** Entries by (standings, player). */
export async function readEntries(
  sql: Transaction,
  keys: { standingsId: number; playerId: string }[],
): Promise<Map<string, FoldEntry>> {
  const rows = await sql<(FoldEntry & { standings_id: number; player_id: string })[]>`
    select k.standings_id, k.player_id, e.* from unnest(
      ${keys.map((key) => key.standingsId)}::int8[], ${keys.map((key) => key.playerId)}::text[]
    ) k (standings_id, player_id)
    cross join lateral (
      select score, version, tie, hidden from leaderboard_entries e
      where e.standings_id = k.standings_id and e.player_id = k.player_id limit 1
    ) e`
  return new Map(
    rows.map(({ standings_id: id, player_id: player, score, version, tie, hidden }) => [
      entryKey(id, player),
      { score, version, tie, hidden },
    ]),
  )
}

/** Status and end as of now: read after the locks, so that a close that committed before is seen. */
export function readStatuses(sql: Transaction, ids: number[]) {
  return sql<{ id: number; ends_at: Date | null; status: Standings['status'] }[]>`
    select id, ends_at, status from standings where id = any(${ids}::int8[])`
}

export async function drawIds(sql: Transaction, count: number): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    select nextval('submissions_id_seq') as id from generate_series(1, ${count}::int)`
  return rows.map((row) => row.id)
}

export interface LedgerRow {
  id: number
  item: LedgerItem
  effects: StoredEffect[]
}

export function insertLedgerRows(sql: Transaction, rows: LedgerRow[]) {
  return sql`
    insert into submissions
      (id, leaderboard_no, player_id, submission_id, score, session_id, effects, occurred_at, occurred_sent, metadata)
    select id, leaderboard_no, player_id, submission_id, score, session_id, effects::jsonb,
      to_timestamp(occurred_ms / 1000.0), occurred_sent::bool, metadata::jsonb
    from unnest(
      ${rows.map((row) => row.id)}::int8[],
      ${rows.map((row) => row.item.board.no)}::int[],
      ${rows.map((row) => row.item.playerId)}::text[],
      ${rows.map((row) => row.item.submissionId)}::text[],
      ${rows.map((row) => row.item.score)}::int8[],
      ${rows.map((row) => row.item.sessionId)}::text[],
      ${rows.map((row) => JSON.stringify(row.effects))}::text[],
      ${rows.map((row) => row.item.occurredAt)}::int8[],
      ${rows.map((row) => (row.item.occurredSent ? 't' : 'f'))}::text[],
      ${rows.map((row) => (row.item.metadata === null ? null : JSON.stringify(row.item.metadata)))}::text[]
    ) with ordinality r (id, leaderboard_no, player_id, submission_id, score, session_id, effects, occurred_ms,
      occurred_sent, metadata, ordinal)
    order by ordinal`
}

export interface EntryRow extends FoldEntry {
  standingsId: number
  playerId: string
}

/** Writes entries; `rows` are sorted by key and name each key once (an `on conflict` batch may not meet a key twice). */
export function upsertEntries(sql: Transaction, rows: EntryRow[]) {
  return sql`
    insert into leaderboard_entries (standings_id, player_id, score, version, tie, hidden)
    select standings_id, player_id, score, version, tie, hidden::bool from unnest(
      ${rows.map((row) => row.standingsId)}::int8[],
      ${rows.map((row) => row.playerId)}::text[],
      ${rows.map((row) => row.score)}::int8[],
      ${rows.map((row) => row.version)}::int8[],
      ${rows.map((row) => row.tie)}::int8[],
      ${rows.map((row) => (row.hidden ? 't' : 'f'))}::text[]
    ) with ordinality r (standings_id, player_id, score, version, tie, hidden, ordinal)
    order by ordinal
    on conflict (standings_id, player_id) do update
      set score = excluded.score, version = excluded.version, tie = excluded.tie, hidden = excluded.hidden`
}
