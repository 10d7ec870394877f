import { z } from 'zod'
import type { Role } from '../roles.ts'
import { leaderboardId, playerId } from '../values.ts'

/** `always`: tokens are not looked at; `spectator`: none is needed unless spectators are shut out. */
export type Access = 'always' | 'spectator' | Role

/** A JSON schema, another media type, or null for no content. */
export type Reply = z.ZodType | string | null

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  summary: string
  access: Access
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  /** No body at all means `{}`. */
  bodyOptional?: boolean
  /** Bytes of body; 64 KiB when absent. */
  bodyLimit?: number
  /** Whether the `Idempotency-Key` header means something here. */
  idempotencyKey?: boolean
  replies: Record<number, Reply>
}

/** Of routes that take no body, or no query: what comes all the same is refused by name. */
export const noFields = z.strictObject({})

export const defaultBodyLimit = 64 * 1024

export const board = z.object({ leaderboard: leaderboardId })
export const boardPlayer = board.extend({ playerId })
export const onBoard = '/v1/leaderboards/:leaderboard'
export const onPlayer = `${onBoard}/players/:playerId` as const
