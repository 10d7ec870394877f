import { sql } from 'drizzle-orm'
import { bigint, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { byteText } from './columns.ts'
import { moderationAction } from './enums.ts'
import { matches } from './matches.ts'
import { players } from './players.ts'

/** Who did what, when and why: bans, erasures, and every transition of a match. */
export const moderationLog = pgTable(
  'moderation_log',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: timestamp('at', { withTimezone: true })
      .notNull()
      .default(sql`now()`),
    /** Subject of the token; null where the person was erased. */
    actor: text('actor'),
    action: moderationAction('action').notNull(),
    /** Null for an erasure: whose it was is not kept. */
    playerId: byteText('player_id').references(() => players.id, { onDelete: 'cascade' }),
    matchId: byteText('match_id').references(() => matches.id, { onDelete: 'cascade' }),
    reason: text('reason'),
  },
  (table) => [
    // Served query: what was decided about a person (export).
    index('moderation_log_player')
      .on(table.playerId, table.id)
      .where(sql`player_id is not null`),
    // Served query: the transitions of a match.
    index('moderation_log_match')
      .on(table.matchId, table.id)
      .where(sql`match_id is not null`),
  ],
)
