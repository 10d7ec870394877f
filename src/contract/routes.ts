import { leaderboardRoutes } from './routes/leaderboards.ts'
import { matchRoutes } from './routes/matches.ts'
import { openRoutes } from './routes/open.ts'
import { playerRoutes } from './routes/players.ts'
import { readRoutes } from './routes/reads.ts'
import { repairRoutes } from './routes/repair.ts'
import { scoreRoutes } from './routes/scores.ts'
import { seasonRoutes } from './routes/seasons.ts'

/** Every route of the HTTP edge by its operation id: the router, the handlers and the OpenAPI document come from here. */
export const routes = {
  ...openRoutes,
  ...repairRoutes,
  ...matchRoutes,
  ...seasonRoutes,
  ...playerRoutes,
  ...leaderboardRoutes,
  ...scoreRoutes,
  ...readRoutes,
}

export type Routes = typeof routes
export type RouteName = keyof Routes
