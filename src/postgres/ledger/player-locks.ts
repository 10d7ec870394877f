import type { Tagged } from '../connection/client.ts'
import { playersLock } from './ledger-queries.ts'

export interface LockedPlayer {
  id: string
  region: string | null
  banned: boolean
}

/**
 * Locks the players' rows in id order; unknown players are not among the answer. Together with the lock that keeps
 * `commitBatch` out it serialises everything that changes a player's entries; what is read after it is current. `ids`
 * must be sorted and distinct.
 */
export async function lockPlayers(sql: Tagged, ids: string[]): Promise<Map<string, LockedPlayer>> {
  // Rows as arrays: objects with names take the driver longer. The sub-select runs once and before them, even for none.
  const rows: unknown[] = await sql`
    select id, region, banned_at is not null from players
    where (select pg_advisory_xact_lock_shared(${playersLock}::int8) is not null)
      and id = any(${ids}::text[]) order by id for no key update`
    .values()
    .execute()
  return new Map(
    (rows as [string, string | null, boolean][]).map(([id, region, banned]) => [id, { id, region, banned }]),
  )
}

/**
 * Inserts players that were unknown when the locks were taken, which locks them. Returns how many were inserted. Fewer than
 * requested: another transaction created one of them, and what we read about that player is stale. `newest` is the newest
 * ledger id that any transaction has drawn by then.
 */
export async function insertPlayers(sql: Tagged, ids: string[]): Promise<{ made: number; newest: number }> {
  const [row] = await sql<{ made: number; newest: number }[]>`
    with made as (
      insert into players (id, display_name) select id, id from unnest(${ids}::text[]) id order by id
      on conflict (id) do nothing returning 1
    )
    select made, pg_sequence_last_value('submissions_id_seq') as newest from (select count(*) as made from made) counted`
  return row!
}
