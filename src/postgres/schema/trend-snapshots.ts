import { bigint, date, jsonb, pgTable } from 'drizzle-orm/pg-core'
import { standings } from './standings.ts'

/** The ranks of the first 1,000 players at the last turn of the day, by which trends are told. */
export const trendSnapshots = pgTable('trend_snapshots', {
  standingsId: bigint('standings_id', { mode: 'number' })
    .primaryKey()
    .references(() => standings.id, { onDelete: 'cascade' }),
  /** The day that had begun, in the leaderboard's zone. */
  takenOn: date('taken_on').notNull(),
  /** Rank by player id. */
  ranks: jsonb('ranks').$type<Record<string, number>>().notNull(),
})
