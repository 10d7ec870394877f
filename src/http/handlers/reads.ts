import type { Actions } from '../../actions/actions.ts'
import type { readRoutes } from '../../contract/routes/reads.ts'
import { json, pageJson } from '../message.ts'
import type { Handlers } from './handler.ts'

export function readHandlers(actions: Actions) {
  return {
    readPage: async ({ params, query }) => pageJson(await actions.readPage({ ...params, ...query })),
    readPlace: async ({ caller, params, query }) => json(200, await actions.readPlace(caller, { ...params, ...query })),
    readAround: async ({ caller, params, query }) =>
      json(200, await actions.readAround(caller, { ...params, ...query })),
    lookup: async ({ params, body }) => json(200, await actions.lookup({ ...params, ...body })),
    whatIf: async ({ params, query }) => json(200, await actions.whatIf({ ...params, ...query })),
    readPeriods: async ({ params, query }) => json(200, await actions.readPeriods(params.leaderboard, query)),
    readHistory: async ({ caller, params, query }) =>
      json(200, await actions.readHistory(caller, { ...params, ...query })),
  } satisfies Handlers<keyof typeof readRoutes>
}
