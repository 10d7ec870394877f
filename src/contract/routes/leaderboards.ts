import {
  leaderboardCreateSchema,
  leaderboardListSchema,
  leaderboardPatchSchema,
  leaderboardSchema,
} from '../leaderboard.ts'
import { periodsSchema } from '../reads.ts'
import { externalId } from '../values.ts'
import { board, onBoard, type Route } from './route.ts'

export const leaderboardRoutes = {
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
  closeSession: {
    method: 'POST',
    path: `${onBoard}/sessions/:sessionId/close`,
    summary: 'End the standings of a session',
    access: 'server',
    params: board.extend({ sessionId: externalId }),
    replies: { 200: periodsSchema.shape.periods.element },
  },
} as const satisfies Record<string, Route>
