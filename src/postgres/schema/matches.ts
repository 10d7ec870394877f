import { sql } from 'drizzle-orm'
import { integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { byteText } from './columns.ts'
import { matchStatus, matchType, moderationAction, verificationStatus } from './enums.ts'
import { leaderboards } from './leaderboards.ts'

/** A match between players; who took part and how it went is in `match_results`. */
export const matches = pgTable('matches', {
  /** The game's own id, or one made by the server. */
  id: byteText('id').primaryKey(),
  leaderboardNo: integer('leaderboard_no')
    .notNull()
    .references(() => leaderboards.no),
  type: matchType('type').notNull(),
  status: matchStatus('status').notNull().default('SCHEDULED'),
  /** Null until the match is completed. */
  verification: verificationStatus('verification'),
  region: text('region'),
  scheduledAt: timestamp('scheduled_at', { withTimezone: true }),
  startedAt: timestamp('started_at', { withTimezone: true }),
  completedAt: timestamp('completed_at', { withTimezone: true }),
  /** The last transition and what was sent with it: the same again is a retry. */
  lastStep: moderationAction('last_step').notNull(),
  lastBody: jsonb('last_body').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true })
    .notNull()
    .default(sql`now()`),
})
