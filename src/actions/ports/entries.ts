import type { RankedList, RankReader } from './ranks.ts'
import type { Standings } from './standings.ts'

/** Ranked reads of sealed standings, which nothing but hiding and erasure changes. */
export interface SealedReader extends RankReader {
  /** How many are visible, by standings id. */
  totals(standingsIds: number[]): Promise<Map<number, number>>
  /** Drops what is cached of these standings: a row of them was hidden, shown or erased; or the database is another one. */
  forget(standingsIds: number[] | 'all'): void
}

/** What only Postgres knows of an entry. */
export interface EntryStore extends RankReader {
  hidden(list: RankedList, playerId: string): Promise<{ score: number } | null>
  /** Counts entries by standings id; one without any is left out. */
  totals(standings: Standings[]): Promise<Map<number, number>>
}
