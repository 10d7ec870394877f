import type { LedgerKind } from '../../ranking/ledger-kind.ts'
import type { RankRow } from '../../actions/ports/ranks.ts'
import type { StandingsStore } from '../../actions/ports/standings.ts'
import type { KeptReason } from '../../ranking/fold-batch.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { Tagged } from '../connection/client.ts'
import type { StoredEffect } from '../schema/submissions.ts'

/** What happens to a player's entry in one standings. Scores are scaled. */
export interface EntryChange {
  standingsId: number
  /** After; null takes the entry out. */
  score: number | null
  /** Before; null when there was none. */
  previous: number | null
  /** Ledger id that orders it among equals; null: it reached the score now. */
  tie: number | null
  hidden: boolean
  /** Why nothing happens after all; null when it does. */
  kept: KeptReason | null
}

/** One row of the ledger with all that it does to a player's entries on a leaderboard. */
export interface PlayerChange {
  board: Leaderboard
  playerId: string
  kind: Exclude<LedgerKind, 'SCORE'>
  /** For history, scaled; a MATCH: the rating after. */
  score: number | null
  /** Epoch milliseconds. */
  occurredAt: number
  matchId: string | null
  reason: string | null
  entries: EntryChange[]
}

/** Draws ledger ids; the players they are for have to be locked. */
export async function drawIds(tx: Tagged, count: number): Promise<number[]> {
  const [drawn] = await tx<{ ids: string | null }[]>`
    select string_agg(nextval('submissions_id_seq')::text, ',') as ids
    from generate_series(1, ${count}::int)`.execute()
  return drawn!.ids?.split(',').map(Number) ?? []
}

/**
 * Writes changes of players whose rows the transaction has locked, as ledger rows with their entries. Returns the ledger
 * ids, one a change, in order.
 */
export async function writeChanges(tx: Tagged, changes: PlayerChange[]): Promise<number[]> {
  const ids = await drawIds(tx, changes.length)
  await writeChangesAs(tx, changes, ids)
  return ids
}

/** The same under ids that were drawn before. All statements are sent in this turn. */
export async function writeChangesAs(tx: Tagged, changes: PlayerChange[], ids: number[]): Promise<void> {
  const entries = changes
    .flatMap(({ playerId, entries: list }, at) => list.map((entry) => ({ ...entry, playerId, version: ids[at]! })))
    .filter((entry) => entry.kept === null)
  const kept = entries.filter((entry) => entry.score !== null)
  const gone = entries.filter((entry) => entry.score === null)
  await Promise.all([
    kept.length > 0 &&
      tx`
        insert into leaderboard_entries (standings_id, player_id, score, version, tie, hidden)
        select standings_id, player_id, score, version, tie, hidden::bool from unnest(
          ${kept.map((row) => row.standingsId)}::int8[], ${kept.map((row) => row.playerId)}::text[],
          ${kept.map((row) => row.score)}::int8[], ${kept.map((row) => row.version)}::int8[],
          ${kept.map((row) => row.tie ?? row.version)}::int8[], ${kept.map((row) => Number(row.hidden))}::int[]
        ) r (standings_id, player_id, score, version, tie, hidden) order by standings_id, player_id
        on conflict (standings_id, player_id) do update
          set score = excluded.score, version = excluded.version, tie = excluded.tie, hidden = excluded.hidden`.execute(),
    gone.length > 0 &&
      tx`
        delete from leaderboard_entries e using unnest(
          ${gone.map((row) => row.standingsId)}::int8[], ${gone.map((row) => row.playerId)}::text[]
        ) r (standings_id, player_id)
        where e.standings_id = r.standings_id and e.player_id = r.player_id`.execute(),
    // Who comes back later is new there.
    gone.length > 0 &&
      tx`
        update trend_snapshots t set ranks = t.ranks - r.players from (
          select standings_id, array_agg(player_id) as players from unnest(
            ${gone.map((row) => row.standingsId)}::int8[], ${gone.map((row) => row.playerId)}::text[]
          ) r (standings_id, player_id) group by standings_id order by standings_id
        ) r
        where t.standings_id = r.standings_id and t.ranks ?| r.players`.execute(),
    changes.length > 0 && insertLedgerRows(tx, changes, ids),
  ])
}

function insertLedgerRows(tx: Tagged, changes: PlayerChange[], ids: number[]) {
  return tx`
    insert into submissions (id, leaderboard_no, player_id, kind, score, effects, occurred_at, match_id, reason)
    select id, leaderboard_no, player_id, kind::ledger_kind, score, effects, to_timestamp(occurred_ms / 1000.0),
      match_id, reason
    from rows from (
      unnest(
        ${ids}::int8[], ${changes.map(({ board }) => board.no)}::int[], ${changes.map((one) => one.playerId)}::text[],
        ${changes.map((one) => one.kind)}::text[], ${changes.map((one) => one.score)}::int8[],
        ${changes.map((one) => one.occurredAt)}::int8[], ${changes.map((one) => one.matchId)}::text[],
        ${changes.map((one) => one.reason)}::text[]
      ),
      jsonb_array_elements(${JSON.stringify(changes.map((one) => one.entries.map(toStored)))}::text::jsonb)
    ) r (id, leaderboard_no, player_id, kind, score, occurred_ms, match_id, reason, effects)`.execute()
}

/** The rows that bring the index up to date with written changes; sealed standings are not in it. */
export async function rankRowsOf(store: StandingsStore, changes: PlayerChange[], ids: number[]): Promise<RankRow[]> {
  const mentioned = changes.flatMap((change) => change.entries.map((entry) => entry.standingsId))
  const standings = await store.byIds([...new Set(mentioned)])
  return changes.flatMap(({ board, playerId, entries }, at) =>
    entries.flatMap((entry): RankRow[] => {
      const of = standings.get(entry.standingsId)
      if (!of || of.status === 'SEALED' || entry.kept !== null) return []
      const version = ids[at]!
      const [score, hidden] = [entry.score ?? 0, entry.hidden || entry.score === null]
      return [{ board, standings: of, playerId, score, version, tie: entry.tie ?? version, hidden }]
    }),
  )
}

function toStored({ standingsId, score, previous, kept }: EntryChange): StoredEffect {
  return { s: standingsId, a: score, b: previous, ...(kept === null ? {} : { r: kept }) }
}
