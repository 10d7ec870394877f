import type { SeasonActions } from '../../actions/manage-seasons.ts'
import type { Handlers } from './handler.ts'
import { json } from '../message.ts'

export function seasonHandlers(actions: SeasonActions) {
  return {
    createSeason: async ({ body }) => {
      const { created, season } = await actions.createSeason(body)
      return json(created ? 201 : 200, season)
    },
    listSeasons: async ({ query }) => json(200, { seasons: await actions.listSeasons(query.leaderboard) }),
    closeSeason: async ({ params }) => json(200, await actions.closeSeason(params.slug)),
  } satisfies Partial<Handlers>
}
