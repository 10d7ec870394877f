import { sql } from 'drizzle-orm'
import { jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { byteText } from './columns.ts'

/** One row a person. The row's lock serialises everything that changes the player's entries. */
export const players = pgTable('players', {
  id: byteText('id').primaryKey(),
  displayName: text('display_name').notNull(),
  region: byteText('region'),
  country: text('country'),
  avatarUrl: text('avatar_url'),
  metadata: jsonb('metadata').$type<Record<string, unknown>>(),
  bannedAt: timestamp('banned_at', { withTimezone: true }),
  createdAt: timestamp('created_at', { withTimezone: true })
    .notNull()
    .default(sql`now()`),
  updatedAt: timestamp('updated_at', { withTimezone: true })
    .notNull()
    .default(sql`now()`),
})
