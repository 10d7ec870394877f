import { z } from 'zod'
import * as person from '../person.ts'
import { profileBody, profileSchema } from '../player.ts'
import { boardPlayer, onPlayer, type Route } from './route.ts'
import { playerId } from '../values.ts'

const params = z.object({ playerId })

/** Profiles, moderation and privacy. */
export const playerRoutes = {
  putProfile: {
    method: 'PUT',
    path: '/v1/players/:playerId',
    summary: "Set a player's profile",
    access: 'server',
    params: params,
    body: profileBody,
    replies: { 200: profileSchema, 201: profileSchema },
  },
  getProfile: {
    method: 'GET',
    path: '/v1/players/:playerId',
    summary: "A player's profile",
    access: 'spectator',
    params: params,
    replies: { 200: profileSchema },
  },
  removePlayer: {
    method: 'DELETE',
    path: onPlayer,
    summary: 'Remove a player from one leaderboard',
    access: 'admin',
    params: boardPlayer,
    replies: { 204: null },
  },
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
