import type { Actions } from '../actions/actions.ts'
import type { Handlers, LimitSubmits } from './handlers/handler.ts'
import { leaderboardHandlers } from './handlers/leaderboards.ts'
import { matchHandlers } from './handlers/matches.ts'
import { playerHandlers } from './handlers/players.ts'
import { readHandlers } from './handlers/reads.ts'
import { repairHandlers } from './handlers/repair.ts'
import { scoreHandlers } from './handlers/scores.ts'
import { seasonHandlers } from './handlers/seasons.ts'

/** The handlers of `/v1`: each calls one action. */
export function apiHandlers(actions: Actions, limitSubmits: LimitSubmits) {
  return {
    ...leaderboardHandlers(actions),
    ...scoreHandlers(actions, limitSubmits),
    ...readHandlers(actions),
    ...playerHandlers(actions),
    ...matchHandlers(actions),
    ...seasonHandlers(actions),
    ...repairHandlers(actions),
  } satisfies Partial<Handlers>
}
