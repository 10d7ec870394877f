import { sql } from 'drizzle-orm'
import { bigint, jsonb, pgTable, primaryKey, timestamp } from 'drizzle-orm/pg-core'
import type { Changed } from '../../actions/ports/changes.ts'
import { xid8 } from './columns.ts'

/** What made copies stale, written with the change itself, for nodes that did not hear of it. Kept for an hour. */
export const changes = pgTable(
  'changes',
  {
    xid: xid8('xid')
      .notNull()
      .default(sql`pg_current_xact_id()`),
    id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity(),
    at: timestamp('at', { withTimezone: true })
      .notNull()
      .default(sql`clock_timestamp()`),
    what: jsonb('what').$type<Changed>().notNull(),
  },
  // Served queries: what became visible since a snapshot; the oldest.
  (table) => [primaryKey({ columns: [table.xid, table.id] })],
)
