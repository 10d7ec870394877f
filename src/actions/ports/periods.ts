import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { Standings } from './standings.ts'

// What closing and sealing of standings need from Postgres. Times are epoch milliseconds; where Postgres' clock is behind, its
// time counts instead. Removed leaderboards are left out.

/** A standings that takes no scores any more, with the rules that its final order follows. */
export interface Sealing {
  id: number
  type: Standings['type']
  key: string
  leaderboard: string
  rules: Pick<Leaderboard, 'order' | 'ties'>
}

/** Where a look through open sessions got to. */
export interface SessionCursor {
  createdAt: string
  id: number
}

export interface PeriodStore {
  /** OPEN becomes CLOSING where the end is at or before `now`; returns how many, at most `limit`. */
  closeEnded(now: number, limit: number): Promise<number>
  /**
   * Looks at up to `limit` open sessions behind the cursor and closes those that were neither made nor heard of for
   * `idleMs`. `next` null: it was the last of them.
   */
  closeIdle(
    now: number,
    idleMs: number,
    after: SessionCursor | null,
    limit: number,
  ): Promise<{ closed: number; next: SessionCursor | null }>
  /** What ended, grace included, at or before `before` becomes SEALING: later transactions see it and write no more. */
  beginSealing(before: number, limit: number): Promise<number>
  /** All that is SEALING, first ended first. */
  sealing(limit: number): Promise<Sealing[]>
  /** A transaction id that is drawn now. */
  drawHorizon(): Promise<string>
  /** Whether every transaction that began its writes before the horizon has ended. */
  isSettled(horizon: string): Promise<boolean>
  countEntries(standingsId: number): Promise<number>
  /**
   * Gives the best `size` entries without one their final place, and seals the standings at `now` when none is left. BUSY:
   * another node does, or did. `rows` were ranked by this call, `ranked` are now.
   */
  rankBatch(
    of: Sealing,
    size: number,
    now: number,
  ): Promise<{ state: 'BUSY' | 'MORE' | 'SEALED'; rows: number; ranked: number }>
  /**
   * Makes a CLOSING or SEALING standings OPEN again and takes back what places it got: a session, whose end goes, or a period
   * whose end is to come by Postgres' clock. `busy`: it is being ranked.
   */
  reopen(standingsId: number): Promise<'open' | 'ended' | 'sealed' | 'busy' | 'none'>
  /** Sealed at or before `before`, whose lists Redis may still hold. */
  indexed(before: number, limit: number): Promise<{ id: number; leaderboardNo: number }[]>
  markDropped(standingsIds: number[]): Promise<void>
}
