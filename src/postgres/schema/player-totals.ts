import { doublePrecision, integer, pgTable } from 'drizzle-orm/pg-core'
import { byteText } from './columns.ts'
import { players } from './players.ts'

/** What a player's applied matches add up to; equal to a recount of them at any moment. */
export const playerTotals = pgTable('player_totals', {
  playerId: byteText('player_id')
    .primaryKey()
    .references(() => players.id, { onDelete: 'cascade' }),
  matches: integer('matches').notNull(),
  wins: integer('wins').notNull(),
  losses: integer('losses').notNull(),
  draws: integer('draws').notNull(),
  kills: integer('kills').notNull(),
  deaths: integer('deaths').notNull(),
  assists: integer('assists').notNull(),
  /** Sum and number of the accuracies that were reported. */
  accuracySum: doublePrecision('accuracy_sum').notNull(),
  accuracyCount: integer('accuracy_count').notNull(),
  currentStreak: integer('current_streak').notNull(),
  bestStreak: integer('best_streak').notNull(),
  bestRating: integer('best_rating').notNull(),
})
