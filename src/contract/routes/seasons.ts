import { z } from 'zod'
import type { Route } from './route.ts'
import { seasonCreateSchema, seasonListSchema, seasonSchema, seasonSlug, seasonsQuery } from '../season.ts'

export const seasonRoutes = {
  createSeason: {
    method: 'POST',
    path: '/v1/seasons',
    summary: 'Make a season of a leaderboard, also ahead of time; the same definition again is 200',
    access: 'admin',
    body: seasonCreateSchema,
    replies: { 200: seasonSchema, 201: seasonSchema },
  },
  listSeasons: {
    method: 'GET',
    path: '/v1/seasons',
    summary: 'Seasons of one leaderboard or of all, in the order of their start',
    access: 'spectator',
    query: seasonsQuery,
    replies: { 200: seasonListSchema },
  },
  closeSeason: {
    method: 'POST',
    path: '/v1/seasons/:slug/close',
    summary: 'End a running season now; the grace of its leaderboard applies to earlier scores',
    access: 'admin',
    params: z.object({ slug: seasonSlug }),
    replies: { 200: seasonSchema },
  },
} as const satisfies Record<string, Route>
