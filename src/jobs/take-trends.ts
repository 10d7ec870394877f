import { spread } from '../timing/back-off.ts'
import type { RankIndex } from '../actions/ports/ranks.ts'
import type { TrendStore } from '../actions/ports/trends.ts'
import type { LeaderboardStore } from '../actions/ports/leaderboards.ts'
import type { StandingsStore } from '../actions/ports/standings.ts'
import type { Log } from '../log.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { periodAt } from '../ranking/period.ts'
import { createPace } from './pace.ts'

export interface TakeTrendsOptions {
  leaderboards: Pick<LeaderboardStore, 'list'>
  standings: Pick<StandingsStore, 'byIds'>
  trends: Pick<TrendStore, 'due' | 'save'>
  index: Pick<RankIndex, 'usable' | 'page'>
  /** Epoch milliseconds. */
  now?: () => number
  /** Whether the clock of this machine is that of Postgres, by and large. */
  clockAgrees?: () => boolean
  /** Milliseconds from one look at all leaderboards to the next. */
  intervalMs?: number
  log: Log
}

const everyMs = 60_000
const ranksKept = 1000
// Of one leaderboard in one pass; the rest waits for the next.
const listsPerPass = 500
const rowsPerSecond = 50_000
// What a list costs besides its rows.
const rowsPerList = 100

/**
 * Keeps the first 1,000 ranks of every open standings once a day, as early in the leaderboard's day as it can: trends are
 * told by them. Runs on every node: the first one takes the ranks, a second one changes nothing. A day without a running
 * node is left out.
 */
export function createTrendTaker(options: TakeTrendsOptions) {
  const {
    leaderboards,
    standings,
    trends,
    index,
    now = Date.now,
    clockAgrees = () => true,
    intervalMs = everyMs,
    log,
  } = options
  const pace = createPace(rowsPerSecond)
  /** The day that a leaderboard has been gone through for, by its number. */
  let done = new Map<number, string>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  let failing = false

  const takeOne = async (board: Leaderboard, id: number, day: string): Promise<boolean> => {
    const row = (await standings.byIds([id])).get(id)
    if (!row) return true
    // A list that is not whole has its repair started, and is taken a minute later.
    const page = await index.page({ board, standings: row }, 0, ranksKept).catch(() => null)
    if (page === null) return false
    await trends.save(id, day, new Map(page.entries.map(({ playerId, rank }) => [playerId, rank])))
    await pace(rowsPerList + page.entries.length)
    return true
  }
  /** Whether nothing is left to do for the day. */
  const takeBoard = async (board: Leaderboard, of: typeof done): Promise<boolean> => {
    const day = periodAt('DAILY', now(), board.timezone)
    if (of.get(board.no) === day.key) return true
    const due = await trends.due(board, day, listsPerPass)
    let whole = due.length < listsPerPass
    for (const id of due) {
      if (stopped || !index.usable()) return false
      if (!(await takeOne(board, id, day.key))) whole = false
    }
    if (whole) of.set(board.no, day.key)
    return whole
  }
  /** One look at every leaderboard. Rejects when Postgres does not answer. */
  const pass = async (): Promise<void> => {
    // A snapshot of a day to come would keep those of the days before it out.
    if (!index.usable() || !clockAgrees()) return
    // What is forgotten meanwhile gets a map of its own: this pass may have looked at another database.
    const of = done
    const boards = await leaderboards.list()
    const kept = new Set(boards.map(({ no }) => no))
    for (const no of of.keys()) if (!kept.has(no)) of.delete(no)
    for (const board of boards) {
      if (stopped) return
      await takeBoard(board, of)
    }
  }
  const look = async () => {
    try {
      await pass()
      failing = false
    } catch (err) {
      if (!failing && !stopped) log.warn({ err }, 'ranks for trends could not be kept; it is tried again every minute')
      failing = true
    }
  }
  const next = () => {
    if (stopped) return
    // Not all nodes at once.
    timer = setTimeout(() => void (running = look().finally(next)), spread(intervalMs)).unref()
  }
  return {
    pass,
    start: next,
    /** The database is another one. */
    forget: () => void (done = new Map()),
    /** Resolves when nothing is read or written any more; what it waits for has to fail by then. */
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
