import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { byteText, xid8 } from './columns.ts'
import { ledgerKind } from './enums.ts'

/** What a ledger row did to one standings. Short keys: this is stored once per row and standings. */
export interface StoredEffect {
  /** Standings id; absent when the window was closed and no such row was made. */
  s?: number
  /** Selector, only where there is no id. */
  k?: string
  /** Scaled score after and before; null when there is none. */
  a: number | null
  b: number | null
  /** Why nothing changed; absent when applied. */
  r?: 'NOT_BETTER' | 'UNCHANGED' | 'WINDOW_CLOSED'
}

// CACHE 1: a cached range would let a later commit carry an earlier id.
export const submissionsId = pgSequence('submissions_id_seq', { cache: 1 })

/**
 * The append-only ledger. Ids and transaction ids are drawn after the player's lock, or the one that stands for all of them,
 * is held (ids also before it, as long as no other transaction has drawn one since). So `id` orders the commits of a player, and what was
 * acknowledged before what was received later; of transactions under way together a lower id may commit after a higher one.
 */
export const submissions = pgTable(
  'submissions',
  {
    id: bigint('id', { mode: 'number' })
      .notNull()
      .default(sql`nextval('submissions_id_seq')`),
    leaderboardNo: integer('leaderboard_no').notNull(),
    playerId: byteText('player_id').notNull(),
    submissionId: byteText('submission_id'),
    kind: ledgerKind('kind').notNull().default('SCORE'),
    /** Scaled, as submitted. */
    score: bigint('score', { mode: 'number' }),
    sessionId: byteText('session_id'),
    /** The match that a MATCH row applies or takes back. */
    matchId: byteText('match_id'),
    /** Why, as somebody said it: a ban, a match taken back. */
    reason: text('reason'),
    effects: jsonb('effects').$type<StoredEffect[]>().notNull(),
    occurredAt: timestamp('occurred_at', { withTimezone: true }).notNull(),
    /** Whether the client sent `occurredAt`: a retry must send the same. */
    occurredSent: boolean('occurred_sent').notNull().default(false),
    metadata: jsonb('metadata').$type<Record<string, unknown>>(),
    createdAt: timestamp('created_at', { withTimezone: true })
      .notNull()
      .default(sql`now()`),
    xid: xid8('xid')
      .notNull()
      .default(sql`pg_current_xact_id()`),
  },
  (table) => [
    // Served query: a player's history, newest first.
    primaryKey({ columns: [table.leaderboardNo, table.playerId, table.id] }),
    // Served query: duplicates of a batch.
    uniqueIndex('submissions_key').on(table.leaderboardNo, table.playerId, table.submissionId),
    // Served query: what was committed since the catch-up watermark.
    index('submissions_xid').on(table.xid),
    // Served query: when a session was last heard of.
    index('submissions_session')
      .on(table.leaderboardNo, table.sessionId, table.id)
      .where(sql`session_id is not null`),
    // Served query: what removed a player's entries since a row of the ledger.
    index('submissions_removals')
      .on(table.leaderboardNo, table.playerId, table.id)
      .where(sql`kind in ('REMOVE', 'REGION')`),
  ],
)
