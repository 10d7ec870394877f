import type { Actions } from '../../actions/actions.ts'
import type { leaderboardRoutes } from '../../contract/routes/leaderboards.ts'
import { json, noContent } from '../message.ts'
import type { Handlers } from './handler.ts'

export function leaderboardHandlers(actions: Actions) {
  return {
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
    closeSession: async ({ params }) => json(200, await actions.closeSession(params.leaderboard, params.sessionId)),
  } satisfies Handlers<keyof typeof leaderboardRoutes>
}
