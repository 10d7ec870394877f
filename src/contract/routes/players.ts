import { z } from 'zod'
import * as person from '../person.ts'
import type { Route } from './route.ts'
import { playerId } from '../values.ts'

const params = z.object({ playerId })

/** Moderation and privacy. */
export const playerRoutes = {
  banPlayer: {
    method: 'POST',
    path: '/v1/players/:playerId/ban',
    summary: 'Hide a player from every standings; what it submits is kept',
    access: 'admin',
    params,
    body: person.banBody,
    replies: { 200: person.moderationSchema },
  },
  unbanPlayer: {
    method: 'POST',
    path: '/v1/players/:playerId/unban',
    summary: 'Bring a banned player back to its places',
    access: 'admin',
    params,
    body: person.unbanBody,
    bodyOptional: true,
    replies: { 200: person.moderationSchema },
  },
  erasePlayer: {
    method: 'DELETE',
    path: '/v1/players/:playerId',
    summary: 'Erase a person: profile, scores, totals; matches keep an anonymous participant',
    access: 'admin',
    params,
    replies: { 204: null },
  },
  exportPlayer: {
    method: 'GET',
    path: '/v1/players/:playerId/export',
    summary: 'Everything that is kept about a person (itself, server, admin)',
    access: 'player',
    params,
    replies: { 200: person.personExportSchema },
  },
} as const satisfies Record<string, Route>
