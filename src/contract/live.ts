import { z } from 'zod'
import { orders, rankStyles } from '../ranking/leaderboard.ts'
import { aroundSchema, periodSchema, rowSchema } from './reads.ts'
import { leaderboardId, playerId, selector } from './values.ts'

// Messages of live standings: what a client joins and watches, and what rooms are sent. See docs/protocol.md, "Socket.IO".

const where = { leaderboard: leaderboardId, standings: selector.optional() }
const position = z.int().min(0)
const room = z.string().min(1).max(130).describe('leaderboard and selector, such as arena/WEEKLY:2026-W47')

export const joinSchema = z.strictObject({ ...where, epoch: position.optional(), seq: position.optional() })
export const leaveSchema = z.strictObject({ room })
export const watchRankSchema = z.strictObject({ ...where, playerId: playerId.optional() })
const span = z.int().min(0).max(10)
export const watchAroundSchema = watchRankSchema.extend({ span: span.default(5) })
// A watch is found by its player: the span may come along, so that a client can send what it watched with.
export const unwatchAroundSchema = watchRankSchema.extend({ span: span.optional() })

const profile = z.object({ displayName: z.string(), region: z.string().optional() })
const setSchema = z.union([
  z.tuple([z.int(), z.string(), z.number()]),
  z.tuple([z.int(), z.string(), z.number(), profile]),
])
export const deltaSchema = z
  .object({
    room: z.string(),
    epoch: z.int(),
    seq: z.int(),
    at: z.string(),
    total: z.int(),
    del: z.array(z.string()),
    set: z.array(setSchema).describe('[index, playerId, score, profile on entry or change]'),
    sum: z.int(),
  })
  .meta({ id: 'Delta' })
export type Delta = z.output<typeof deltaSchema>

export const joinedSchema = z
  .object({
    room: z.string(),
    epoch: z.int(),
    seq: z.int(),
    mode: z.enum(['snapshot', 'deltas', 'current']),
    total: z.int(),
    limit: z.int(),
    decimals: z.int(),
    order: z.enum(orders),
    rankStyle: z.enum(rankStyles),
    sum: z.int(),
    period: periodSchema.nullable(),
    rows: z.array(rowSchema).optional(),
    deltas: z.array(deltaSchema).optional(),
  })
  .meta({ id: 'Joined' })
export type Joined = z.output<typeof joinedSchema>

export const headSchema = z
  .object({
    room: z.string(),
    epoch: z.int(),
    seq: z.int(),
    total: z.int(),
    next: z.string().nullable().optional().describe('only of a closed room'),
    period: periodSchema.nullable().optional().describe('of a closed room, as it is now; null: none is left'),
  })
  .meta({ id: 'Head' })
export type Head = z.output<typeof headSchema>

export const closedSchema = z.object({ room: z.string(), next: z.string().nullable() }).meta({ id: 'Closed' })
export type Closed = z.output<typeof closedSchema>

export const rankChangedSchema = z
  .object({
    leaderboard: z.string(),
    standings: z.string(),
    playerId: z.string(),
    rank: z.int().nullable(),
    previousRank: z.int().nullable(),
    score: z.number().nullable(),
    total: z.int(),
    at: z.string(),
  })
  .meta({ id: 'RankChanged' })
export type RankChanged = z.output<typeof rankChangedSchema>

export const aroundChangedSchema = aroundSchema
  .extend({ playerId: z.string(), at: z.string() })
  .meta({ id: 'AroundChanged' })
export type AroundChanged = z.output<typeof aroundChangedSchema>
