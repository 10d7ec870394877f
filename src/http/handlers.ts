import type { Actions } from '../actions/actions.ts'
import { AppError, toAppError } from '../errors.ts'
import { countSubmissions } from '../metrics.ts'
import { withIdempotencyKey } from './input.ts'
import { matchHandlers } from './handlers/matches.ts'
import { json, noContent, pageJson } from './message.ts'
import { seasonHandlers } from './handlers/seasons.ts'
import { playerHandlers } from './handlers/players.ts'
import type { Handlers, LimitSubmits } from './handlers/handler.ts'

/** The handlers of `/v1`: each calls one action. */
export function apiHandlers(actions: Actions, limitSubmits: LimitSubmits) {
  const count = countSubmissions('http')
  return {
    ...matchHandlers(actions),
    ...seasonHandlers(actions),
    createLeaderboard: async ({ body }) => {
      const { created, leaderboard } = await actions.createLeaderboard(body)
      return json(created ? 201 : 200, leaderboard)
    },
    listLeaderboards: async () => json(200, { leaderboards: await actions.listLeaderboards() }),
    getLeaderboard: async ({ params }) => json(200, await actions.getLeaderboard(params.leaderboard)),
    changeLeaderboard: async ({ params, body }) => json(200, await actions.changeLeaderboard(params.leaderboard, body)),
    deleteLeaderboard: async ({ params }) => {
      await actions.deleteLeaderboard(params.leaderboard)
      return noContent()
    },

    submitScore: async ({ caller, params, body, headers }) => {
      try {
        const input = withIdempotencyKey(body, headers.idempotencyKey)
        await limitSubmits(caller, 1)
        const receipt = await actions.submitScore(caller, params.leaderboard, input)
        count(receipt)
        return json(200, receipt)
      } catch (error) {
        count(toAppError(error))
        throw error
      }
    },
    submitBatch: async ({ caller, params, body }) => {
      await limitSubmits(caller, body.submissions.length)
      const result = await actions.submitBatch(caller, params.leaderboard, body.submissions)
      for (const item of result.receipts) count('error' in item ? item.error : item)
      return json(200, result)
    },

    readPage: async ({ params, query }) => pageJson(await actions.readPage({ ...params, ...query })),
    readPlace: async ({ caller, params, query }) => json(200, await actions.readPlace(caller, { ...params, ...query })),
    readAround: async ({ caller, params, query }) =>
      json(200, await actions.readAround(caller, { ...params, ...query })),
    lookup: async ({ params, body }) => json(200, await actions.lookup({ ...params, ...body })),
    whatIf: async ({ params, query }) => json(200, await actions.whatIf({ ...params, ...query })),
    readPeriods: async ({ params, query }) => json(200, await actions.readPeriods(params.leaderboard, query)),
    readHistory: async ({ caller, params, query }) =>
      json(200, await actions.readHistory(caller, { ...params, ...query })),
    removePlayer: async ({ caller, params }) => {
      await actions.removePlayer(caller, params.leaderboard, params.playerId)
      return noContent()
    },
    closeSession: async ({ params }) => json(200, await actions.closeSession(params.leaderboard, params.sessionId)),

    putProfile: async ({ params, body }) => {
      if (body.playerId !== undefined && body.playerId !== params.playerId) throw otherPlayer()
      const { created, profile } = await actions.putProfile(params.playerId, body)
      return json(created ? 201 : 200, profile)
    },
    reconcile: async ({ caller, body }) => json(200, await actions.reconcile(caller, body)),
    rebuild: async ({ caller, body }) => json(200, await actions.rebuild(caller, body)),
    reopen: async ({ body }) => json(200, await actions.reopen(body)),
    readDrift: async () => json(200, await actions.readDrift()),

    getProfile: async ({ params }) => json(200, await actions.getProfile(params.playerId)),
    ...playerHandlers(actions),
  } satisfies Partial<Handlers>
}

function otherPlayer(): AppError {
  const message = 'is not the player of the path'
  return new AppError('VALIDATION', `playerId: ${message}`, { issues: [{ path: 'playerId', message }] })
}
