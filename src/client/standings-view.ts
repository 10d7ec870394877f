import type { Joined } from '../contract/live.ts'
import { assignRanks } from '../ranking/order.ts'
import { trendOf } from '../ranking/trend.ts'
import type { RankpulseError } from './error.ts'
import type { FollowState, HeldList } from './follow-room.ts'

export interface ViewRow {
  rank: number
  playerId: string
  displayName: string
  region?: string
  score: number
  /** The rank in the view before; null when the row was not in it. */
  movedFrom: number | null
  /**
   * Places gained since the server's last daily snapshot; null where unknown, also for a row that was not there when the
   * list was sent whole.
   */
  trend: number | null
}

/** What an app shows of joined standings; never changed, every change makes a new one. */
export interface StandingsView {
  leaderboard: string
  /** With its key, such as `WEEKLY:2026-W47`; before the first answer as asked for, null if left to the server. */
  standings: string | null
  room: string | null
  /**
   * `joining`: no list yet; `live`: what the server has; `resuming`: the last list, being brought up to date; `closed`:
   * the period ended; `refused`: see `error`.
   */
  state: 'joining' | 'live' | 'resuming' | 'closed' | 'refused'
  error: RankpulseError | null
  rows: readonly ViewRow[]
  /** Players in the standings, of which `rows` are the first `limit`. */
  total: number
  limit: number
  decimals: number
  order: Joined['order']
  rankStyle: Joined['rankStyle']
  period: Joined['period']
  epoch: number
  seq: number
  /** The selector that follows a closed period. */
  next: string | null
  /** When the server made the last change; null before the first one seen. */
  at: string | null
}

/** The part of `arena/WEEKLY:2026-W47` that names the standings. */
export function selectorOf(room: string): string {
  return room.slice(room.indexOf('/') + 1)
}

/** The view before anything is known, with the defaults of a leaderboard. */
export function emptyView(leaderboard: string, standings: string | undefined): StandingsView {
  return {
    leaderboard,
    standings: standings ?? null,
    room: null,
    state: 'joining',
    error: null,
    rows: [],
    total: 0,
    limit: 100,
    decimals: 0,
    order: 'desc',
    rankStyle: 'ordinal',
    period: null,
    epoch: 0,
    seq: 0,
    next: null,
    at: null,
  }
}

/** The view that follows `before`. */
export function nextView(before: StandingsView, state: FollowState, error: RankpulseError | null): StandingsView {
  const { held, next } = state
  const label = { state: labelOf(state, error), error, next }
  if (held === null) return { ...before, ...label }
  const { rows: _rows, earlier: _earlier, ...described } = held
  return { ...before, ...described, ...label, standings: selectorOf(held.room), rows: viewRows(before, held) }
}

function labelOf({ held, phase, closed }: FollowState, error: RankpulseError | null): StandingsView['state'] {
  if (error !== null) return 'refused'
  if (held === null) return 'joining'
  if (closed) return 'closed'
  return phase === 'live' ? 'live' : 'resuming'
}

function viewRows(before: StandingsView, { room, rows, rankStyle, earlier }: HeldList): ViewRow[] {
  const oldRanks = new Map(before.room === room ? before.rows.map(({ playerId, rank }) => [playerId, rank]) : [])
  const scores = rows.map(({ score }) => score)
  const ranks = assignRanks(rankStyle, scores, 0, 1)
  return rows.map(({ playerId, displayName, region, score }, index) => ({
    rank: ranks[index] ?? index + 1,
    playerId,
    displayName,
    ...(region === null ? {} : { region }),
    score,
    movedFrom: oldRanks.get(playerId) ?? null,
    trend: trendOf(earlier, playerId, ranks[index] ?? index + 1),
  }))
}
