import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  pgTable,
  smallint,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { byteText, xid8 } from './columns.ts'
import { leaderboardType, metric, operator, order, rankStyle, submitBy, tieRule } from './enums.ts'

/** Definitions. `no` is never reused, so a removed and re-created id starts with fresh Redis keys and ledger scope. */
export const leaderboards = pgTable(
  'leaderboards',
  {
    no: integer('no').primaryKey().generatedAlwaysAsIdentity(),
    id: byteText('id').notNull(),
    title: text('title').notNull(),
    description: text('description').notNull().default(''),
    metric: metric('metric').notNull(),
    order: order('rank_order').notNull(),
    operator: operator('operator').notNull(),
    ties: tieRule('ties').notNull(),
    rankStyle: rankStyle('rank_style').notNull(),
    types: leaderboardType('types').array().notNull(),
    decimals: smallint('decimals').notNull(),
    minScore: bigint('min_score', { mode: 'number' }),
    maxScore: bigint('max_score', { mode: 'number' }),
    timezone: text('timezone').notNull(),
    submitBy: submitBy('submit_by').notNull(),
    liveLimit: smallint('live_limit').notNull(),
    tickMs: integer('tick_ms').notNull(),
    graceMs: bigint('grace_ms', { mode: 'number' }).notNull(),
    /** Matches are verified as they are completed. */
    autoVerify: boolean('auto_verify').notNull().default(false),
    createdAt: timestamp('created_at', { withTimezone: true })
      .notNull()
      .default(sql`now()`),
    updatedAt: timestamp('updated_at', { withTimezone: true })
      .notNull()
      .default(sql`now()`),
    deletedAt: timestamp('deleted_at', { withTimezone: true }),
    /** When a deleted one is worked at next; null: nothing of it is left but this row. */
    purgeAt: timestamp('purge_at', { withTimezone: true }),
    /** Of the last change. */
    xid: xid8('xid')
      .notNull()
      .default(sql`pg_current_xact_id()`),
  },
  (table) => [
    // Served query: the definition by its public id.
    uniqueIndex('leaderboards_id')
      .on(table.id)
      .where(sql`deleted_at is null`),
    // Served query: what was changed since a server looked last.
    index('leaderboards_xid').on(table.xid),
    // Served query: deleted ones that something is left of.
    index('leaderboards_purge')
      .on(table.purgeAt)
      .where(sql`purge_at is not null`),
    check('leaderboards_decimals', sql`${table.decimals} between 0 and 6`),
  ],
)
