import { noLeaderboard } from './refusals.ts'
import { iso } from './iso.ts'
import type { SeasonCreate, SeasonView } from '../contract/season.ts'
import { AppError } from '../errors.ts'
import { formatSelector } from '../ranking/selector.ts'
import { seasonStatusAt } from '../ranking/status.ts'
import { findBoard } from './resolve-standings.ts'
import type { LeaderboardStore } from './ports/leaderboards.ts'
import type { StandingsStore } from './ports/standings.ts'
import type { Season, SeasonStore } from './ports/seasons.ts'

export interface SeasonActions {
  createSeason(definition: SeasonCreate): Promise<{ created: boolean; season: SeasonView }>
  /** Of one leaderboard, or of all. */
  listSeasons(leaderboard: string | undefined): Promise<SeasonView[]>
  /** Ends a running season now; one that is over stays as it is. Rejects with CONFLICT when it has not begun. */
  closeSeason(slug: string): Promise<SeasonView>
}

export interface SeasonOptions {
  leaderboards: LeaderboardStore
  standings: StandingsStore
  seasons: SeasonStore
  /** Epoch milliseconds. */
  now(): number
}

/** Seasons, each with standings of its own. */
export function createSeasons({ leaderboards, standings, seasons, now: time }: SeasonOptions): SeasonActions {
  return {
    async createSeason({ slug, leaderboard, title, ...times }) {
      const board = await findBoard(leaderboards, leaderboard)
      if (!board.types.includes('SEASONAL'))
        throw new AppError(
          'CONFLICT',
          `leaderboard ${leaderboard} keeps no SEASONAL standings: add SEASONAL to its types with PATCH first`,
        )
      const wanted = { slug, title, startsAt: Date.parse(times.startsAt), endsAt: Date.parse(times.endsAt) }
      const result = await seasons.create(board, wanted)
      if ('gone' in result) throw noLeaderboard(leaderboard)
      if ('overlaps' in result) {
        const { overlaps } = result
        throw new AppError(
          'CONFLICT',
          `the season overlaps ${overlaps.slug}, which runs from ${iso(overlaps.startsAt)} to ${iso(overlaps.endsAt)}`,
        )
      }
      if ('created' in result) return { created: true, season: seasonView(result.created, time()) }
      const { taken } = result
      const same =
        taken.leaderboardNo === board.no &&
        taken.title === title &&
        taken.startsAt === wanted.startsAt &&
        taken.endsAt === wanted.endsAt
      if (!same) throw new AppError('CONFLICT', `season ${slug} exists with another definition: choose another slug`)
      return { created: false, season: seasonView(taken, time()) }
    },

    async listSeasons(leaderboard) {
      const board = leaderboard === undefined ? null : await findBoard(leaderboards, leaderboard)
      const now = time()
      return (await seasons.list(board)).map((season) => seasonView(season, now))
    },

    async closeSeason(slug) {
      const now = time()
      const season = await seasons.close(slug, now)
      if (season === null) throw new AppError('NOT_FOUND', `there is no season ${slug}`)
      if (season === 'not-begun') throw new AppError('CONFLICT', `season ${slug} has not begun: nothing to close yet`)
      // The season is closed whether or not this node's copy of the row is fresh already.
      await standings.reload(season.standingsId).catch(() => null)
      return seasonView(season, now)
    },
  }
}

/** A season as clients see it; `now` in epoch milliseconds. */
export function seasonView(season: Season, now: number): SeasonView {
  const { slug, leaderboard, title, startsAt, endsAt } = season
  return {
    slug,
    leaderboard,
    title,
    startsAt: iso(startsAt),
    endsAt: iso(endsAt),
    standings: formatSelector('SEASONAL', slug),
    status: seasonStatusAt(season, now),
  }
}
