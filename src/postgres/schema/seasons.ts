import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { byteText, xid8 } from './columns.ts'
import { leaderboards } from './leaderboards.ts'
import { standings } from './standings.ts'

/** Spans of time that a leaderboard keeps SEASONAL standings for; those of one leaderboard do not overlap. */
export const seasons = pgTable(
  'seasons',
  {
    slug: byteText('slug').primaryKey(),
    leaderboardNo: integer('leaderboard_no')
      .notNull()
      .references(() => leaderboards.no, { onDelete: 'cascade' }),
    /** Made with the season, so that it can be joined ahead of its first score. */
    standingsId: bigint('standings_id', { mode: 'number' })
      .notNull()
      .references(() => standings.id, { onDelete: 'cascade' }),
    title: text('title').notNull(),
    startsAt: timestamp('starts_at', { withTimezone: true }).notNull(),
    endsAt: timestamp('ends_at', { withTimezone: true }).notNull(),
    createdAt: timestamp('created_at', { withTimezone: true })
      .notNull()
      .default(sql`now()`),
    /** Of the last change. */
    xid: xid8('xid')
      .notNull()
      .default(sql`pg_current_xact_id()`),
  },
  (table) => [
    // Served query: the seasons of a leaderboard, in order.
    index('seasons_leaderboard').on(table.leaderboardNo, table.startsAt),
    // Served query: the season that goes with a standings list.
    uniqueIndex('seasons_standings').on(table.standingsId),
    // Served query: what was changed since a server looked last.
    index('seasons_xid').on(table.xid),
    check('seasons_span', sql`${table.startsAt} < ${table.endsAt}`),
  ],
)
