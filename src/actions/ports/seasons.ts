import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { Awaitable } from './awaitable.ts'

/** A season with its standings; times are epoch milliseconds, `endsAt` is exclusive. Only `endsAt` may change. */
export interface Season {
  slug: string
  leaderboardNo: number
  /** Public id of the leaderboard. */
  leaderboard: string
  standingsId: number
  title: string
  startsAt: number
  endsAt: number
}

export type SeasonDefinition = Pick<Season, 'slug' | 'title' | 'startsAt' | 'endsAt'>

/** `taken`: the season that has the slug already; `overlaps`: one of the leaderboard that shares an instant with it. */
export type SeasonCreation = { created: Season } | { taken: Season } | { overlaps: Season } | { gone: true }

/** Seasons. Another node's change is seen within 1 s. */
export interface SeasonStore {
  /** All seasons of a leaderboard in the order of their start, from memory once they are loaded. */
  of(board: Leaderboard): Awaitable<readonly Season[]>
  /** As they are in Postgres, by leaderboard and start; those of removed leaderboards are left out. */
  list(board: Leaderboard | null): Promise<Season[]>
  /** Makes a season and its standings at once. `gone`: the leaderboard was removed. */
  create(board: Leaderboard, definition: SeasonDefinition): Promise<SeasonCreation>
  /** Ends a season at `at` unless it is over by then. Null when there is none. */
  close(slug: string, at: number): Promise<Season | 'not-begun' | null>
  /** Drops what is cached: the database is another one. */
  forget(): void
}
