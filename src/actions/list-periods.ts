import type { Periods } from '../contract/reads.ts'
import { AppError } from '../errors.ts'
import type { Leaderboard, LeaderboardType } from '../ranking/leaderboard.ts'
import { findBoard } from './resolve-standings.ts'
import { periodView } from './period-view.ts'
import type { EntryStore } from './ports/entries.ts'
import type { RankIndex } from './ports/ranks.ts'
import type { LeaderboardStore } from './ports/leaderboards.ts'
import type { Standings, StandingsStore } from './ports/standings.ts'

export interface PeriodActions {
  readPeriods(
    leaderboard: string,
    page: { type?: LeaderboardType | undefined; limit: number; after?: string | undefined },
  ): Promise<Periods>
  /** Ends a SESSION standings now; the leaderboard's grace applies to submissions from before. */
  closeSession(leaderboard: string, sessionId: string): Promise<Periods['periods'][number]>
}

export interface PeriodOptions {
  leaderboards: LeaderboardStore
  standings: StandingsStore
  index: RankIndex
  entries: EntryStore
  /** Epoch milliseconds. */
  now(): number
}

/** The periods of a leaderboard, page by page, and the end of a session. */
export function createPeriods(options: PeriodOptions): PeriodActions {
  const { leaderboards, standings } = options

  const viewsOf = async (board: Leaderboard, rows: Standings[], now: number): Promise<Periods['periods']> => {
    const totals = await totalsOf(options, board, rows)
    return rows.map((row, at) => periodView(board, row, totals[at]!, now))
  }

  return {
    async readPeriods(leaderboard, { type, limit, after }) {
      const now = options.now()
      const board = await findBoard(leaderboards, leaderboard)
      if (type && !board.types.includes(type))
        throw new AppError('NOT_FOUND', `leaderboard ${board.id} keeps no ${type} standings`)
      // A season is made ahead; until it begins there is nothing to read.
      const { rows, next } = await standings.begun(board, { type, at: now, limit, after })
      return { periods: await viewsOf(board, rows, now), next }
    },

    async closeSession(leaderboard, sessionId) {
      const board = await findBoard(leaderboards, leaderboard)
      const now = options.now()
      const row = board.types.includes('SESSION') ? await standings.close(board, sessionId, now) : null
      if (!row) throw new AppError('NOT_FOUND', `leaderboard ${leaderboard} has no session ${sessionId}`)
      const [view] = await viewsOf(board, [row], now)
      return view!
    },
  }
}

/** From the index; what it cannot tell is counted in Postgres, and null when that does not answer in time either. */
async function totalsOf(
  { index, entries }: PeriodOptions,
  board: Leaderboard,
  rows: Standings[],
): Promise<(number | null)[]> {
  const totals = await index.totals(board, rows)
  const missing = rows.filter((row, at) => totals[at] === null && row.status !== 'SEALED')
  if (missing.length === 0) return totals
  const counted = await entries.totals(missing).catch(() => null)
  if (counted === null) return totals
  return rows.map((row, at) => totals[at] ?? (row.status === 'SEALED' ? null : (counted.get(row.id) ?? 0)))
}
