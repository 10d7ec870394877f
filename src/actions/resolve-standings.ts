import { noLeaderboard } from './refusals.ts'
import { AppError } from '../errors.ts'
import type { Leaderboard, LeaderboardType } from '../ranking/leaderboard.ts'
import { periodAt, periodOfKey } from '../ranking/period.ts'
import { seasonAfter, seasonAt } from '../ranking/season.ts'
import { defaultType, formatSelector, needsKey, parseSelector, type Selector } from '../ranking/selector.ts'
import type { Where } from './request.ts'
import type { LeaderboardStore } from './ports/leaderboards.ts'
import type { Standings, StandingsStore } from './ports/standings.ts'
import type { Season, SeasonStore } from './ports/seasons.ts'

/** A standings list as named by a request. `row` is null while no player has a place: the list is empty. */
export interface ResolvedStandings {
  board: Leaderboard
  selector: string
  type: Selector['type']
  startsAt: number | null
  endsAt: number | null
  row: Standings | null
  /** The season that is made to follow this one; null for other types. */
  nextSeason: Season | null
}

/** What selectors are resolved by. */
export interface NamingStores {
  leaderboards: LeaderboardStore
  standings: StandingsStore
  seasons: SeasonStore
}

/** Finds the leaderboard or rejects with NOT_FOUND. */
export async function findBoard(leaderboards: LeaderboardStore, id: string): Promise<Leaderboard> {
  const board = await leaderboards.find(id)
  if (!board) throw noLeaderboard(id)
  return board
}

/**
 * Resolves a selector at `now`. VALIDATION when it is malformed; NOT_FOUND when the leaderboard does not keep the type,
 * the period or season has not begun, there is no such season, or none is given and none is active.
 */
export async function resolveStandings(stores: NamingStores, where: Where, now: number): Promise<ResolvedStandings> {
  const board = await findBoard(stores.leaderboards, where.leaderboard)
  const { type, key } = selectorOf(board.types, where.standings)
  if (!board.types.includes(type)) throw new AppError('NOT_FOUND', `leaderboard ${board.id} keeps no ${type} standings`)
  const seasons = type === 'SEASONAL' ? await stores.seasons.of(board) : []
  const season = type === 'SEASONAL' ? seasonNamed(board, seasons, key, now) : null
  const span = season ? { ...season, key: season.slug } : spanOf(board, type, key, now)
  const row = await stores.standings.find(board, type, span.key)
  return {
    board,
    type,
    // A season only ever ends earlier than planned: of two copies the one that ends first is the newer one.
    selector: formatSelector(type, span.key),
    startsAt: row?.startsAt ?? span.startsAt,
    endsAt: season && row?.endsAt ? Math.min(row.endsAt, season.endsAt) : (row?.endsAt ?? span.endsAt),
    row,
    nextSeason: season && seasonAfter(seasons, season),
  }
}

/** Reads a selector, or takes the default of a leaderboard with these types. VALIDATION when malformed, or without a default. */
export function selectorOf(types: readonly LeaderboardType[], text: string | undefined): Selector {
  if (text === undefined) {
    const type = defaultType(types)
    if (needsKey(type))
      throw new AppError(
        'VALIDATION',
        `name the standings: ${type} needs a key, such as ${type}:${type === 'SESSION' ? 'final' : 'EU'}`,
      )
    return { type, key: null }
  }
  const selector = parseSelector(text)
  if (!selector)
    throw new AppError('VALIDATION', 'standings is not a selector, such as GLOBAL, WEEKLY:2026-W47 or REGIONAL:EU', {
      issues: [{ path: 'standings', message: 'is not a standings selector' }],
    })
  return selector
}

function seasonNamed(board: Leaderboard, seasons: readonly Season[], slug: string | null, now: number): Season {
  if (slug === null) {
    const active = seasonAt(seasons, now)
    if (!active) throw new AppError('NOT_FOUND', `leaderboard ${board.id} has no active season`)
    return active
  }
  const season = seasons.find((one) => one.slug === slug)
  if (!season) throw new AppError('NOT_FOUND', `leaderboard ${board.id} has no season ${slug}`)
  if (season.startsAt > now) throw new AppError('NOT_FOUND', `season ${slug} has not begun`)
  return season
}

function spanOf(board: Leaderboard, type: Selector['type'], key: string | null, now: number) {
  if (type !== 'DAILY' && type !== 'WEEKLY' && type !== 'MONTHLY')
    return { key: key ?? '', startsAt: null, endsAt: null }
  const period = key === null ? periodAt(type, now, board.timezone) : periodOfKey(type, key, board.timezone)
  // Its shape was checked: what is left is a day that its zone skipped.
  if (!period)
    throw new AppError('VALIDATION', `there was no ${key} in ${board.timezone}: its clocks skipped that day`, {
      issues: [{ path: 'standings', message: 'names a day that the time zone of the leaderboard skipped' }],
    })
  if (period.startsAt > now) throw new AppError('NOT_FOUND', `${formatSelector(type, period.key)} has not begun`)
  return period
}
