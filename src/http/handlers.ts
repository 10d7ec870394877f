import type { z } from 'zod'
import type { Actions, Caller } from '../actions/actions.ts'
import type { RouteName, Routes } from '../contract/routes.ts'
import { AppError, toAppError } from '../errors.ts'
import { countSubmissions } from '../metrics.ts'
import { withIdempotencyKey } from './input.ts'
import { matchHandlers } from './match-handlers.ts'
import { json, noContent, pageJson, type HttpResponse, type RequestHeaders } from './message.ts'
import { seasonHandlers } from './season-handlers.ts'
import { personHandlers } from './person-handlers.ts'

type Parsed<R, Part extends string> = R extends Record<Part, infer S extends z.ZodType> ? z.output<S> : undefined

/** What a handler gets: the caller, whose role suffices, and the parts of the request as the route's schemas have them. */
export interface Input<R> {
  caller: Caller
  params: Parsed<R, 'params'>
  query: Parsed<R, 'query'>
  body: Parsed<R, 'body'>
  headers: RequestHeaders
}

export type Handlers<Names extends RouteName = RouteName> = {
  [Name in Names]: (input: Input<Routes[Name]>) => Promise<HttpResponse>
}

/** Counts `count` submissions of the caller. Rejects with RATE_LIMITED. */
export type LimitSubmits = (caller: Caller, count: number) => Promise<void>

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
    ...personHandlers(actions),
  } satisfies Partial<Handlers>
}

function otherPlayer(): AppError {
  const message = 'is not the player of the path'
  return new AppError('VALIDATION', `playerId: ${message}`, { issues: [{ path: 'playerId', message }] })
}
