import type { Awaitable } from './awaitable.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { Period } from '../../ranking/period.ts'
import type { EarlierRanks } from '../../ranking/trend.ts'

/** Ranks once a day, for trends. */
export interface TrendStore {
  /** Those of the last snapshot; empty when there is none, or Postgres does not answer at once. Never rejects. */
  of(standingsId: number): Awaitable<EarlierRanks>
  /** Open standings of a leaderboard, but DAILY ones, from before a day and without a snapshot of it; oldest first. */
  due(board: Leaderboard, day: Period, limit: number): Promise<number[]>
  /** Keeps the ranks unless there are some of that day (`2026-11-25`) or a later one. */
  save(standingsId: number, day: string, ranks: EarlierRanks): Promise<void>
  /** Drops what is cached of these standings: somebody left them; or the database is another one. */
  forget(standingsIds: number[] | 'all'): void
}
