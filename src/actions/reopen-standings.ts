import { AppError } from '../errors.ts'
import { statusAt } from '../ranking/status.ts'
import { resolveStandings, type NamingStores } from './resolve-standings.ts'
import type { PeriodStore } from './ports/periods.ts'
import type { Reopened, ReopenInput } from '../contract/repair.ts'

export interface ReopenActions {
  /** Takes back that a standings list was closed. CONFLICT when it has ended, is sealed, or is being ranked at this moment. */
  reopen(input: ReopenInput): Promise<Reopened>
}

export interface ReopenOptions extends NamingStores {
  periods: Pick<PeriodStore, 'reopen'>
  /** Epoch milliseconds. */
  now(): number
}

/** Opens again what was closed by mistake. Its list in Redis stays all the while: it goes after the sealing only. */
export function createReopen(options: ReopenOptions): ReopenActions {
  return {
    async reopen({ leaderboard, standings }) {
      const { board, row, selector } = await resolveStandings(options, { leaderboard, standings }, options.now())
      const outcome = row === null ? 'none' : await options.periods.reopen(row.id)
      if (row === null || outcome === 'none') throw new AppError('NOT_FOUND', `nobody has a place in ${selector}`)
      if (outcome === 'sealed') throw new AppError('CONFLICT', `${selector} is sealed: its final ranks stay`)
      if (outcome === 'ended') throw new AppError('CONFLICT', `${selector} has ended: it was not closed by mistake`)
      if (outcome === 'busy')
        throw new AppError('UNAVAILABLE', `${selector} is being ranked at this moment; try again shortly`)
      const now = (await options.standings.reload(row.id)) ?? row
      const status = statusAt(now.status, now, board.graceMs, options.now())
      return { leaderboard: board.id, standings: selector, status }
    },
  }
}
