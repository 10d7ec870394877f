import { bigint, boolean, integer, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { byteText } from './columns.ts'

/**
 * A player's place in one standings. No index on score: Redis ranks, and updates stay heap-only (fillfactor 80 is set in
 * the first migration). No foreign keys: every writer holds the player's row lock and made the standings row before.
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
    finalRank: integer('final_rank'),
  },
  // Served queries: the entries of a batch, a walk of one standings in key order.
  (table) => [primaryKey({ columns: [table.standingsId, table.playerId] })],
)
