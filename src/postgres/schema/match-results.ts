import { bigint, doublePrecision, index, integer, pgTable, primaryKey, smallint } from 'drizzle-orm/pg-core'
import { byteText } from './columns.ts'
import { resultType } from './enums.ts'
import { matches } from './matches.ts'
import { players } from './players.ts'

/** One row a participant, made with the match; the result comes when it is completed, ratings when it is verified. */
export const matchResults = pgTable(
  'match_results',
  {
    matchId: byteText('match_id')
      .notNull()
      .references(() => matches.id, { onDelete: 'cascade' }),
    /** Place in the match's list of players, from 0. */
    slot: smallint('slot').notNull(),
    /** Null when the person was erased: the match keeps an anonymous participant. */
    playerId: byteText('player_id').references(() => players.id, { onDelete: 'set null' }),
    placement: smallint('placement'),
    result: resultType('result'),
    kills: integer('kills'),
    deaths: integer('deaths'),
    assists: integer('assists'),
    accuracy: doublePrecision('accuracy'),
    score: doublePrecision('score'),
    ratingBefore: integer('rating_before'),
    ratingChange: integer('rating_change'),
    /** Ledger id of the row that applied it; null while it is not applied, or was taken back. */
    appliedId: bigint('applied_id', { mode: 'number' }),
  },
  (table) => [
    // Served query: the participants of a match.
    primaryKey({ columns: [table.matchId, table.slot] }),
    // Served queries: a recount of a player's totals in the order of verification; export; erasure.
    index('match_results_player').on(table.playerId, table.appliedId),
  ],
)
