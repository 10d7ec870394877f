import { sql } from 'drizzle-orm'
import { bigint, boolean, index, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { byteText } from './columns.ts'

/**
 * A player's place in one standings. No index on score: Redis ranks, and updates stay heap-only (fillfactor 80 is set in
 * the first migration). No foreign keys: every writer holds a lock of the player and made the standings row before.
 */
export const leaderboardEntries = pgTable(
  'leaderboard_entries',
  {
    standingsId: bigint('standings_id', { mode: 'number' }).notNull(),
    playerId: byteText('player_id').notNull(),
    /** Scaled by the leaderboard's decimals. */
    score: bigint('score', { mode: 'number' }).notNull(),
    /** Ledger id that last changed the entry: the fence of the Redis scripts. */
    version: bigint('version', { mode: 'number' }).notNull(),
    /** Ledger id that last changed the score: the order among equals. */
    tie: bigint('tie', { mode: 'number' }).notNull(),
    hidden: boolean('hidden').notNull().default(false),
  },
  (table) => [
    // Served queries: the entries of a batch, a walk of one standings in key order.
    primaryKey({ columns: [table.standingsId, table.playerId] }),
    // Served query: all entries of a player (ban, erasure, export).
    index('leaderboard_entries_player').on(table.playerId),
    // Served queries: which places of sealed standings are hidden; a hidden entry.
    index('leaderboard_entries_hidden')
      .on(table.standingsId, table.playerId)
      .where(sql`hidden`),
  ],
)
