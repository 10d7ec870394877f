import { sql } from 'drizzle-orm'
import { bigint, index, integer, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { byteText } from './columns.ts'

/**
 * The final order of sealed standings, hidden entries included. In a table of its own: a place written to an entry would be a
 * new version of it in all of its indexes. What was erased leaves a place without a player, so that positions can be told
 * from places by what is missing alone.
 */
export const finalPlaces = pgTable(
  'final_places',
  {
    standingsId: bigint('standings_id', { mode: 'number' }).notNull(),
    place: integer('place').notNull(),
    playerId: byteText('player_id'),
    /** That of the entry, which does not change any more. */
    score: bigint('score', { mode: 'number' }),
  },
  (table) => [
    // Served query: sealed standings in their final order.
    primaryKey({ columns: [table.standingsId, table.place] }),
    // Served queries: places of players; all places of a person (erasure).
    index('final_places_player').on(table.playerId, table.standingsId),
    // Served query: places without a player.
    index('final_places_erased')
      .on(table.standingsId)
      .where(sql`player_id is null`),
  ],
)
