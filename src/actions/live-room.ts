import type { Delta, Joined } from '../contract/live.ts'
import type { PeriodView, Row } from '../contract/reads.ts'
import type { LiveRow } from '../ranking/delta.ts'
import { assignRanks } from '../ranking/order.ts'
import { nextPeriod, periodOfKey } from '../ranking/period.ts'
import { formatScore } from '../ranking/score.ts'
import { formatSelector } from '../ranking/selector.ts'
import { trendOf, type EarlierRanks } from '../ranking/trend.ts'
import type { ResolvedStandings } from './resolve-standings.ts'
import type { LiveRoom, LiveView } from './ports/live.ts'
import { periodOf, statusOf } from './period-view.ts'
import type { TrendStore } from './ports/trends.ts'
import type { Awaitable } from './ports/awaitable.ts'

/** What a closed room is followed by, and its period. */
export type Ending = { next: string | null; period: PeriodView | null }

// Rows travel at about twice their kept size; and below a packet or two, size is no reason.
const smallDeltas = 2048

/** The name of the room of a standings list, such as `arena/WEEKLY:2026-W47`. */
export function roomName({ board, selector }: Pick<ResolvedStandings, 'board' | 'selector'>): string {
  return `${board.id}/${selector}`
}

export function roomKey({ board, selector }: Pick<ResolvedStandings, 'board' | 'selector'>): LiveRoom {
  return { leaderboardNo: board.no, selector }
}

/** Whether the period of a standings list has ended at `now` (epoch milliseconds); it may still take late scores. */
export function hasEnded(named: ResolvedStandings, now: number): boolean {
  return statusOf(named, now) !== 'OPEN'
}

/** Whether a standings list may end by hand, get a successor or move on to another status. */
export function mayChange(named: ResolvedStandings, now: number): boolean {
  if (named.type === 'SESSION' || named.type === 'SEASONAL') return true
  const status = statusOf(named, now)
  return status === 'CLOSING' || status === 'SEALING'
}

/** What heads of a closed room say besides its position. */
export function endingOf(named: ResolvedStandings, now: number): Ending {
  return { next: nextOf(named, now), period: periodOf(named, now) }
}

/** The selector of the period after this one, or of the season after it that has begun at `now`; null where there is none. */
export function nextOf({ board, type, selector, nextSeason }: ResolvedStandings, now: number): string | null {
  if (type === 'SEASONAL')
    return nextSeason === null || nextSeason.startsAt > now ? null : formatSelector(type, nextSeason.slug)
  if (type !== 'DAILY' && type !== 'WEEKLY' && type !== 'MONTHLY') return null
  const period = periodOfKey(type, selector.slice(type.length + 1), board.timezone)
  return period === null ? null : formatSelector(type, nextPeriod(type, period, board.timezone).key)
}

/** Rows as a live view keeps them. */
export function encodeRows(rows: readonly LiveRow[]): string {
  return JSON.stringify(rows.map(({ playerId, score, displayName, region }) => [playerId, score, displayName, region]))
}

export function decodeRows(text: string): LiveRow[] {
  const rows = JSON.parse(text) as [string, number, string, string | null][]
  return rows.map(([playerId, score, displayName, region]) => ({ playerId, score, displayName, region }))
}

/** The ranks that trends of a standings list are told by. */
export function earlierRanks(trends: Pick<TrendStore, 'of'>, { row }: ResolvedStandings): Awaitable<EarlierRanks> {
  return row === null ? new Map() : trends.of(row.id)
}

/** Rows as clients see them, with ranks and trends. */
export function shownRows(
  { rankStyle, decimals }: ResolvedStandings['board'],
  rows: readonly LiveRow[],
  earlier: EarlierRanks,
): Row[] {
  const ranks = assignRanks(
    rankStyle,
    rows.map((row) => row.score),
    0,
    1,
  )
  return rows.map(({ playerId, score, displayName, region }, index) => ({
    rank: ranks[index]!,
    playerId,
    displayName,
    score: formatScore(score, decimals),
    ...(region === null ? {} : { region }),
    trend: trendOf(earlier, playerId, ranks[index]!),
  }))
}

/** A room's state from scratch: the ack of a join without a position, and what a new epoch begins with. */
export function snapshotOf(
  named: ResolvedStandings,
  view: Omit<LiveView, 'rows' | 'deltas'>,
  rows: Row[],
  now: number,
): Joined {
  return { ...positionOf(named, view, now), mode: 'snapshot', rows }
}

/**
 * What brings a client from its position to the view's: nothing, every delta in between, or the whole list, whichever is
 * right and smallest.
 */
export function joinedSince(
  named: ResolvedStandings,
  view: LiveView,
  rows: () => Row[],
  position: { epoch?: number | undefined; seq?: number | undefined },
  now: number,
): Joined {
  const behind = position.epoch === view.epoch && position.seq !== undefined ? view.seq - position.seq : -1
  if (behind === 0) return { ...positionOf(named, view, now), mode: 'current' }
  if (behind > 0 && behind <= view.deltas.length) {
    const deltas = view.deltas.slice(-behind)
    if (deltas.reduce((size, delta) => size + delta.length, 0) <= 2 * view.rows.length + smallDeltas)
      return {
        ...positionOf(named, view, now),
        mode: 'deltas',
        deltas: deltas.map((delta) => JSON.parse(delta) as Delta),
      }
  }
  return snapshotOf(named, view, rows(), now)
}

function positionOf(
  named: ResolvedStandings,
  { epoch, seq, total, sum, settings }: Omit<LiveView, 'rows' | 'deltas'>,
  now: number,
) {
  // Of the epoch: a change of the leaderboard that the publisher has not read yet belongs to the next one.
  const { liveLimit, decimals, order, rankStyle } = { ...named.board, ...settings }
  const room = roomName(named)
  return { room, epoch, seq, total, limit: liveLimit, decimals, order, rankStyle, sum, period: periodOf(named, now) }
}
