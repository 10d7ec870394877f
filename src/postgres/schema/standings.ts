import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, pgTable, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { byteText } from './columns.ts'
import { leaderboardType, standingsStatus } from './enums.ts'
import { leaderboards } from './leaderboards.ts'

/** One ranked list: leaderboard x type x key. Past periods stay; a new period is a new row, never a copy. */
export const standings = pgTable(
  'standings',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    leaderboardNo: integer('leaderboard_no')
      .notNull()
      .references(() => leaderboards.no),
    type: leaderboardType('type').notNull(),
    key: byteText('key').notNull(),
    startsAt: timestamp('starts_at', { withTimezone: true }),
    endsAt: timestamp('ends_at', { withTimezone: true }),
    status: standingsStatus('status').notNull().default('OPEN'),
    /**
     * Which build of the Redis side counts; a Redis list of another generation is not served. Begins anywhere: a row that
     * gets the id of one that a restored dump lacks must not inherit its list.
     */
    generation: integer('generation')
      .notNull()
      .default(sql`(random() * 1000000000)::int`),
    createdAt: timestamp('created_at', { withTimezone: true })
      .notNull()
      .default(sql`now()`),
    sealedAt: timestamp('sealed_at', { withTimezone: true }),
    /** Whether Redis may still hold the list; false some time after it was sealed. */
    indexed: boolean('indexed').notNull().default(true),
  },
  (table) => [
    // Served query: one standings by its key.
    uniqueIndex('standings_key').on(table.leaderboardNo, table.type, table.key),
    // Served query: the periods and sessions of a leaderboard and type, newest first. The condition always holds: a query
    // that does not name it, such as one by key, is never planned on this index.
    index('standings_begun')
      .on(table.leaderboardNo, table.type, sql`coalesce(starts_at, created_at)`, table.id)
      .where(sql`coalesce(starts_at, created_at) is not null`),
    // Served query: what has ended and is not sealed.
    index('standings_due')
      .on(table.endsAt)
      .where(sql`status <> 'SEALED'`),
    // Served query: sealed standings whose lists may go from Redis.
    index('standings_indexed')
      .on(table.sealedAt)
      .where(sql`status = 'SEALED' and indexed`),
    // Served query: sessions that may have been left open.
    index('standings_sessions')
      .on(table.createdAt)
      .where(sql`type = 'SESSION' and status = 'OPEN'`),
  ],
)
