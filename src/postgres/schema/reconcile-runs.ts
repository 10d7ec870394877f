import { sql } from 'drizzle-orm'
import { bigint, boolean, index, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import type { ListDifferences } from '../../actions/ports/repair.ts'
import { reconcileKind } from './enums.ts'

/** What audits and rebuilds looked at, found and repaired. A run that died keeps the counts it had got to. */
export const reconcileRuns = pgTable(
  'reconcile_runs',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: reconcileKind('kind').notNull(),
    /** Null for all leaderboards, and for all standings of one. */
    leaderboard: text('leaderboard'),
    standings: text('standings'),
    dryRun: boolean('dry_run').notNull(),
    /** Who asked: `schedule`, `cli` or the subject of a token. */
    startedBy: text('started_by').notNull(),
    startedAt: timestamp('started_at', { withTimezone: true })
      .notNull()
      .default(sql`now()`),
    /** When it was last heard of: one that is not finished and silent was interrupted. */
    seenAt: timestamp('seen_at', { withTimezone: true })
      .notNull()
      .default(sql`now()`),
    finishedAt: timestamp('finished_at', { withTimezone: true }),
    checked: bigint('checked', { mode: 'number' }).notNull().default(0),
    missing: bigint('missing', { mode: 'number' }).notNull().default(0),
    stale: bigint('stale', { mode: 'number' }).notNull().default(0),
    extra: bigint('extra', { mode: 'number' }).notNull().default(0),
    repaired: bigint('repaired', { mode: 'number' }).notNull().default(0),
    /** Standings with differences, at most 100: `{ standings, missing, stale, extra }`. */
    found: jsonb('found').$type<ListDifferences[]>().notNull().default([]),
    error: text('error'),
  },
  // Served query: the newest runs.
  (table) => [index('reconcile_runs_started').on(table.startedAt)],
)
