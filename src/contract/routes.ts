import { z } from 'zod'
import {
  leaderboardCreateSchema,
  leaderboardListSchema,
  leaderboardPatchSchema,
  leaderboardSchema,
} from './leaderboard.ts'
import { matchRoutes } from './routes/matches.ts'
import { profileBody, profileSchema } from './player.ts'
import { playerRoutes } from './routes/players.ts'
import * as reads from './reads.ts'
import type { Route } from './routes/route.ts'
import { openRoutes } from './routes/open.ts'
import { repairRoutes } from './routes/repair.ts'
import { seasonRoutes } from './routes/seasons.ts'
import { batchResultSchema, batchSchema, receiptSchema, submissionSchema } from './submission.ts'
import { externalId, leaderboardId, playerId } from './values.ts'

const board = z.object({ leaderboard: leaderboardId })
const boardPlayer = z.object({ leaderboard: leaderboardId, playerId })
const onBoard = '/v1/leaderboards/:leaderboard'
const onPlayer = `${onBoard}/players/:playerId`

/** Every route of the HTTP edge by its operation id: the router, the handlers and the OpenAPI document come from here. */
export const routes = {
  ...openRoutes,
  ...repairRoutes,
  ...matchRoutes,
  ...seasonRoutes,
  ...playerRoutes,

  createLeaderboard: {
    method: 'POST',
    path: '/v1/leaderboards',
    summary: 'Define a leaderboard; the same definition again is 200',
    access: 'admin',
    body: leaderboardCreateSchema,
    replies: { 200: leaderboardSchema, 201: leaderboardSchema },
  },
  listLeaderboards: {
    method: 'GET',
    path: '/v1/leaderboards',
    summary: 'All leaderboards',
    access: 'spectator',
    replies: { 200: leaderboardListSchema },
  },
  getLeaderboard: {
    method: 'GET',
    path: onBoard,
    summary: 'One leaderboard',
    access: 'spectator',
    params: board,
    replies: { 200: leaderboardSchema },
  },
  changeLeaderboard: {
    method: 'PATCH',
    path: onBoard,
    summary: 'Change what may change of a leaderboard',
    access: 'admin',
    params: board,
    body: leaderboardPatchSchema,
    replies: { 200: leaderboardSchema },
  },
  deleteLeaderboard: {
    method: 'DELETE',
    path: onBoard,
    summary: 'Remove a leaderboard with its standings',
    access: 'admin',
    params: board,
    replies: { 204: null },
  },

  submitScore: {
    method: 'POST',
    path: `${onBoard}/scores`,
    summary: 'Submit one score; the receipt is sent after the commit',
    access: 'player',
    params: board,
    body: submissionSchema,
    idempotencyKey: true,
    replies: { 200: receiptSchema },
  },
  submitBatch: {
    method: 'POST',
    path: `${onBoard}/scores/batch`,
    summary: 'Submit 1-1000 scores; one receipt or error each, in order',
    access: 'player',
    params: board,
    body: batchSchema,
    bodyLimit: 1024 * 1024,
    replies: { 200: batchResultSchema },
  },

  readPage: {
    method: 'GET',
    path: `${onBoard}/standings`,
    summary: 'A page of standings, best first',
    access: 'spectator',
    params: board,
    query: reads.pageQuery,
    replies: { 200: reads.pageSchema },
  },
  readPlace: {
    method: 'GET',
    path: onPlayer,
    summary: "One player's place",
    access: 'spectator',
    params: boardPlayer,
    query: reads.standingsQuery,
    replies: { 200: reads.placeSchema },
  },
  readAround: {
    method: 'GET',
    path: `${onPlayer}/around`,
    summary: 'The rows above and below a player',
    access: 'spectator',
    params: boardPlayer,
    query: reads.aroundQuery,
    replies: { 200: reads.aroundSchema },
  },
  lookup: {
    method: 'POST',
    path: `${onBoard}/lookup`,
    summary: 'The places of 1-500 players, best first',
    access: 'spectator',
    params: board,
    body: reads.lookupBody,
    replies: { 200: reads.lookupSchema },
  },
  whatIf: {
    method: 'GET',
    path: `${onBoard}/what-if`,
    summary: 'The rank a new player would get with a score',
    access: 'spectator',
    params: board,
    query: reads.whatIfQuery,
    replies: { 200: reads.whatIfSchema },
  },
  readPeriods: {
    method: 'GET',
    path: `${onBoard}/periods`,
    summary: 'The periods of a leaderboard, newest first',
    access: 'spectator',
    params: board,
    query: reads.periodsQuery,
    replies: { 200: reads.periodsSchema },
  },
  readHistory: {
    method: 'GET',
    path: `${onPlayer}/history`,
    summary: 'What happened to a player in standings (itself, server, admin), newest first',
    access: 'player',
    params: boardPlayer,
    query: reads.historyQuery,
    replies: { 200: reads.historySchema },
  },
  removePlayer: {
    method: 'DELETE',
    path: onPlayer,
    summary: 'Remove a player from one leaderboard',
    access: 'admin',
    params: boardPlayer,
    replies: { 204: null },
  },
  closeSession: {
    method: 'POST',
    path: `${onBoard}/sessions/:sessionId/close`,
    summary: 'End the standings of a session',
    access: 'server',
    params: z.object({ leaderboard: leaderboardId, sessionId: externalId }),
    replies: { 200: reads.periodsSchema.shape.periods.element },
  },

  putProfile: {
    method: 'PUT',
    path: '/v1/players/:playerId',
    summary: "Set a player's profile",
    access: 'server',
    params: z.object({ playerId }),
    body: profileBody,
    replies: { 200: profileSchema, 201: profileSchema },
  },
  getProfile: {
    method: 'GET',
    path: '/v1/players/:playerId',
    summary: "A player's profile",
    access: 'spectator',
    params: z.object({ playerId }),
    replies: { 200: profileSchema },
  },
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes
