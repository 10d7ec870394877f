import type { Awaitable } from './awaitable.ts'
import type { Leaderboard, LeaderboardType } from '../../ranking/leaderboard.ts'
import type { StandingsStatus } from '../../ranking/status.ts'
import type { Target } from '../../ranking/targets.ts'

/** A standings row. All but `endsAt`, `status` and `generation` never change. Times are epoch milliseconds. */
export interface Standings {
  id: number
  leaderboardNo: number
  type: LeaderboardType
  key: string
  startsAt: number | null
  endsAt: number | null
  /** As stored: what clients are shown follows `statusAt`. */
  status: StandingsStatus
  generation: number
  createdAt: number
}

export interface StandingsStore {
  /** The rows of the targets, in order; makes what is missing unless `make` is false for it (then null). */
  ensure(wanted: { board: Leaderboard; target: Target; make: boolean }[]): Awaitable<(Standings | null)[]>
  find(board: Leaderboard, type: LeaderboardType, key: string): Awaitable<Standings | null>
  byIds(ids: number[]): Awaitable<Map<number, Standings>>
  /** The row as it is in Postgres now; null when there is none. */
  reload(id: number): Promise<Standings | null>
  /** The same of many; those that there are. */
  reloadAll(ids: number[]): Promise<Map<number, Standings>>
  /** Those that take scores, of one leaderboard. */
  open(board: Leaderboard): Promise<Standings[]>
  /** Raises generations from those given; returns the rows by id, without those that have another by now. */
  nextGenerations(of: Standings[]): Promise<Map<number, Standings>>
  /** Drops what is cached: the database is another one. */
  forget(): void
  /**
   * Those that had begun at an instant, newest first, at most `limit` from behind `after` on; of one type or of all. `next`
   * is the `after` of what follows; null when nothing does.
   */
  begun(
    board: Leaderboard,
    of: { type?: LeaderboardType | undefined; at: number; limit: number; after?: string | undefined },
  ): Promise<{ rows: Standings[]; next: string | null }>
  /** Sets the end of a session; an end that is already set stays. Null when there is no such row. */
  close(board: Leaderboard, key: string, at: number): Promise<Standings | null>
}
