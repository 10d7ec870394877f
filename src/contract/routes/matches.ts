import { z } from 'zod'
import { matchCompleteSchema, matchCreateSchema, matchReasonSchema, matchSchema, statsSchema } from '../match.ts'
import { noFields, type Route } from './route.ts'
import { externalId, playerId } from '../values.ts'

const params = z.object({ matchId: externalId })
const replies = { 200: matchSchema }
const onMatch = '/v1/matches/:matchId'

/** Matches, and what they add up to for a player. */
export const matchRoutes = {
  createMatch: {
    method: 'POST',
    path: '/v1/matches',
    summary: 'Announce a match of 2-100 players on a rating leaderboard',
    access: 'server',
    body: matchCreateSchema,
    replies: { 200: matchSchema, 201: matchSchema },
  },
  readMatch: { method: 'GET', path: onMatch, summary: 'One match', access: 'spectator', params, replies },
  startMatch: {
    method: 'POST',
    path: `${onMatch}/start`,
    summary: 'The match begins',
    access: 'server',
    params,
    body: noFields,
    bodyOptional: true,
    replies,
  },
  completeMatch: {
    method: 'POST',
    path: `${onMatch}/complete`,
    summary: "The match has ended: everybody's result",
    access: 'server',
    params,
    body: matchCompleteSchema,
    replies,
  },
  cancelMatch: {
    method: 'POST',
    path: `${onMatch}/cancel`,
    summary: 'The match does not take place, or is broken off',
    access: 'server',
    params,
    body: noFields,
    bodyOptional: true,
    replies,
  },
  verifyMatch: {
    method: 'POST',
    path: `${onMatch}/verify`,
    summary: 'The results are right: ratings and totals are applied, once',
    access: 'server',
    params,
    body: noFields,
    bodyOptional: true,
    replies,
  },
  disputeMatch: {
    method: 'POST',
    path: `${onMatch}/dispute`,
    summary: 'The results are doubted, by a participant or a server',
    access: 'player',
    params,
    body: matchReasonSchema,
    replies,
  },
  rejectMatch: {
    method: 'POST',
    path: `${onMatch}/reject`,
    summary: 'The results do not count: what was applied is taken back',
    access: 'server',
    params,
    body: matchReasonSchema,
    replies,
  },
  readStats: {
    method: 'GET',
    path: '/v1/players/:playerId/stats',
    summary: "What a player's verified matches add up to (itself, server, admin)",
    access: 'player',
    params: z.object({ playerId }),
    replies: { 200: statsSchema },
  },
} as const satisfies Record<string, Route>
