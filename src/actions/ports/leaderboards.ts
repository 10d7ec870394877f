import type { Awaitable } from './awaitable.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'

/** Definitions. Another node's change is seen within 1 s. */
export interface LeaderboardStore {
  find(id: string): Awaitable<Leaderboard | null>
  /** By number, also removed ones that are still cached. */
  byNo(no: number): Leaderboard | null
  list(): Promise<Leaderboard[]>
  /** Reads all of them again: the database is another one. */
  reload(): Promise<void>
  /** Null when the id is taken. */
  insert(board: Omit<Leaderboard, 'no'>): Promise<Leaderboard | null>
  /**
   * Writes what `by` makes of the definition as it is in Postgres, under its lock: what is in memory may lack a change that
   * another node just made. Null when it is gone; rejects with what `by` throws.
   */
  change(board: Leaderboard, by: (now: Leaderboard) => Leaderboard): Promise<Leaderboard | null>
  remove(board: Leaderboard): Promise<void>
}
