import type { MatchActions } from '../../actions/run-matches.ts'
import type { matchRoutes } from '../../contract/routes/matches.ts'
import type { Handlers } from './handler.ts'
import { json } from '../message.ts'

/** The handlers of matches and of what they add up to. */
export function matchHandlers(actions: MatchActions) {
  return {
    createMatch: async ({ caller, body }) => {
      const { created, match } = await actions.createMatch(caller, body)
      return json(created ? 201 : 200, match)
    },
    readMatch: async ({ caller, params }) => json(200, await actions.readMatch(caller, params.matchId)),
    startMatch: async ({ caller, params }) => json(200, await actions.moveMatch(caller, params.matchId, 'START', null)),
    completeMatch: async ({ caller, params, body }) =>
      json(200, await actions.completeMatch(caller, params.matchId, body)),
    cancelMatch: async ({ caller, params }) =>
      json(200, await actions.moveMatch(caller, params.matchId, 'CANCEL', null)),
    verifyMatch: async ({ caller, params }) =>
      json(200, await actions.moveMatch(caller, params.matchId, 'VERIFY', null)),
    disputeMatch: async ({ caller, params, body }) =>
      json(200, await actions.moveMatch(caller, params.matchId, 'DISPUTE', body.reason)),
    rejectMatch: async ({ caller, params, body }) =>
      json(200, await actions.moveMatch(caller, params.matchId, 'REJECT', body.reason)),
    readStats: async ({ caller, params }) => json(200, await actions.readStats(caller, params.playerId)),
  } satisfies Handlers<keyof typeof matchRoutes>
}
