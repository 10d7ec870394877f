import type { FoldEntry, LedgerItem } from '../../ranking/fold-batch.ts'
import type { Standings } from '../../actions/ports/standings.ts'
import type { StoredEffect } from '../schema/submissions.ts'
import type { Tagged } from '../connection/client.ts'
import { removedSince } from './removed.ts'

// An advisory lock of Postgres, any number that nothing else locks: shared by transactions that lock players, held by
// `commitBatch` alone.
export const playersLock = 7_236_101_542

/** What a batch is folded over, each list in the form of its JSON rows; null where there is none. */
export interface Current {
  /** Ledger ids drawn for the items. */
  ids: number[]
  /** ordinal among `sought`, id, score, sessionId, occurredAt (epoch ms), occurredSent, effects, the standings it was removed from */
  stored: [number, number, number | null, string | null, number, boolean, StoredEffect[], number[] | null][] | null
  /** ordinal among `keys`, score, version, tie, hidden */
  entries: [number, number, number, number, boolean][] | null
  /** id, end (epoch ms), status */
  standings: [number, number | null, Standings['status']][] | null
}

export interface EntryKey {
  standingsId: number
  playerId: string
}

/**
 * Reads all that a batch needs in one statement with one row: a statement costs more than the rows of a batch. It has to
 * follow the locks as a statement of its own, so that its snapshot sees what committed before them. Look-ups are one
 * index probe a key, whatever the statistics say.
 */
export async function readCurrent(
  sql: Tagged,
  count: number,
  sought: LedgerItem[],
  keys: EntryKey[],
  standingsIds: number[],
): Promise<Current> {
  const [row] = await sql<(Omit<Current, 'ids'> & { ids: string })[]>`
    select
      (select string_agg(nextval('submissions_id_seq')::text, ',') from generate_series(1, ${count}::int)) as ids,
      (select json_agg(json_build_array(k.ordinal, s.id, s.score, s.session_id,
          (extract(epoch from s.occurred_at) * 1000)::int8, s.occurred_sent, s.effects, ${removedSince(sql)}))
        from unnest(
          ${sought.map((item) => item.board.no)}::int[],
          ${sought.map((item) => item.playerId)}::text[],
          ${sought.map((item) => item.submissionId)}::text[]
        ) with ordinality k (leaderboard_no, player_id, submission_id, ordinal)
        cross join lateral (
          select * from submissions s where s.leaderboard_no = k.leaderboard_no and s.player_id = k.player_id
            and s.submission_id = k.submission_id limit 1
        ) s) as stored,
      (select json_agg(json_build_array(k.ordinal, e.score, e.version, e.tie, e.hidden))
        from unnest(
          ${keys.map((key) => key.standingsId)}::int8[], ${keys.map((key) => key.playerId)}::text[]
        ) with ordinality k (standings_id, player_id, ordinal)
        cross join lateral (
          select * from leaderboard_entries e
          where e.standings_id = k.standings_id and e.player_id = k.player_id limit 1
        ) e) as entries,
      (select json_agg(json_build_array(id, (extract(epoch from ends_at) * 1000)::int8, status))
        from standings where id = any(${standingsIds}::int8[])) as standings`.execute()
  return { ...row!, ids: row!.ids.split(',').map(Number) }
}

export interface LedgerRow {
  id: number
  item: LedgerItem
  effects: StoredEffect[]
}

/** The rows by column, as parameters. */
function columnsOf(rows: LedgerRow[]) {
  return {
    ids: rows.map((row) => row.id),
    boards: rows.map((row) => row.item.board.no),
    players: rows.map((row) => row.item.playerId),
    submissions: rows.map((row) => row.item.submissionId),
    scores: rows.map((row) => row.item.score),
    sessions: rows.map((row) => row.item.sessionId),
    occurred: rows.map((row) => row.item.occurredAt),
    sent: rows.map((row) => Number(row.item.occurredSent)),
    metadata: rows.map((row) => (row.item.metadata === null ? null : JSON.stringify(row.item.metadata))),
    effects: JSON.stringify(rows.map((row) => row.effects)),
  }
}

/**
 * Writes ledger rows and entries in one statement. `entries` are sorted by key and name each key once (an `on conflict`
 * batch may not meet a key twice).
 */
export function writeBatch(sql: Tagged, rows: LedgerRow[], entries: (EntryKey & FoldEntry)[]) {
  const of = columnsOf(rows)
  return sql`
    with written as (
      insert into leaderboard_entries (standings_id, player_id, score, version, tie, hidden)
      select standings_id, player_id, score, version, tie, hidden::int::bool from unnest(
        ${entries.map((row) => row.standingsId)}::int8[],
        ${entries.map((row) => row.playerId)}::text[],
        ${entries.map((row) => row.score)}::int8[],
        ${entries.map((row) => row.version)}::int8[],
        ${entries.map((row) => row.tie)}::int8[],
        ${entries.map((row) => Number(row.hidden))}::int[]
      ) with ordinality r (standings_id, player_id, score, version, tie, hidden, ordinal)
      order by ordinal
      on conflict (standings_id, player_id) do update
        set score = excluded.score, version = excluded.version, tie = excluded.tie, hidden = excluded.hidden
    )
    insert into submissions
      (id, leaderboard_no, player_id, submission_id, score, session_id, effects, occurred_at, occurred_sent, metadata)
    select id, leaderboard_no, player_id, submission_id, score, session_id, effects,
      to_timestamp(occurred_ms / 1000.0), occurred_sent::bool, metadata::jsonb
    from rows from (
      unnest(
        ${of.ids}::int8[], ${of.boards}::int[], ${of.players}::text[], ${of.submissions}::text[],
        ${of.scores}::int8[], ${of.sessions}::text[], ${of.occurred}::int8[], ${of.sent}::int[],
        ${of.metadata}::text[]
      ),
      jsonb_array_elements(${of.effects}::text::jsonb)
    ) with ordinality r (id, leaderboard_no, player_id, submission_id, score, session_id, occurred_ms, occurred_sent,
      metadata, effects, ordinal)
    order by ordinal`
}

/** What a batch stands on and what came of it. */
export interface KnownBatch {
  standings: Standings[]
  /** Sorted by key, at least one of each player; `after` is null where nothing changes. */
  entries: (EntryKey & { before: FoldEntry; after: FoldEntry | null })[]
  rows: LedgerRow[]
  /** The newest ledger id that this lane drew. */
  newest: number
  /** How many ids to draw for the next batch. */
  draw: number
}

/**
 * Compares and commits in one statement (see drizzle/0004_commit_batch_alone.sql), while no other transaction holds locks of
 * players. Returns the ids drawn, in a range as wide as asked for unless others drew meanwhile; null when something was
 * not as it was taken to be, and nothing is written.
 */
export async function commitBatch(
  sql: Tagged,
  { standings, entries, rows, newest, draw }: KnownBatch,
): Promise<{ first: number; last: number } | null> {
  const of = columnsOf(rows)
  const [row] = await sql<{ first_id: number | null; last_id: number | null }[]>`
    select first_id, last_id from commit_batch(
      ${playersLock}::int8,
      ${standings.map((row) => row.id)}::int8[],
      ${standings.map((row) => row.endsAt)}::int8[],
      ${standings.map((row) => row.status)}::text[],
      ${entries.map((entry) => entry.standingsId)}::int8[],
      ${entries.map((entry) => entry.playerId)}::text[],
      ${entries.map(({ before }) => before.score)}::int8[],
      ${entries.map(({ before }) => before.version)}::int8[],
      ${entries.map(({ after }) => after?.score ?? null)}::int8[],
      ${entries.map(({ after }) => after?.version ?? null)}::int8[],
      ${of.ids}::int8[], ${of.boards}::int[], ${of.players}::text[], ${of.submissions}::text[],
      ${of.scores}::int8[], ${of.sessions}::text[], ${of.occurred}::int8[], ${of.sent}::int[],
      ${of.metadata}::text[],
      ${of.effects}::text,
      ${newest}::int8, ${draw}::int
    )`
  const { first_id: first, last_id: last } = row!
  return first === null || last === null ? null : { first, last }
}
