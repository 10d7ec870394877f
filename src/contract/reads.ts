import { ledgerKinds } from '../ranking/ledger-kind.ts'
import { z } from 'zod'
import { leaderboardTypes } from '../ranking/leaderboard.ts'
import { isExactNumber } from '../ranking/exact-number.ts'
import { standingsStatuses } from '../ranking/status.ts'
import { inexactNumber, leaderboardId, playerId, selector } from './values.ts'

const queryInteger = (min: number, max: number) =>
  z
    .union([
      z.int(),
      z
        .string()
        .regex(/^\d{1,15}$/, 'must be a whole number')
        .transform(Number),
    ])
    .pipe(z.int().min(min).max(max))

export const source = z.enum(['redis', 'postgres'])
export const status = z.enum(standingsStatuses)
const where = { leaderboard: z.string(), standings: z.string() }

export const standingsQuery = z.strictObject({ standings: selector.optional() })
export const pageQuery = z.strictObject({
  standings: selector.optional(),
  limit: queryInteger(1, 1000).default(100),
  offset: queryInteger(0, Number.MAX_SAFE_INTEGER).default(0),
})
export const aroundQuery = z.strictObject({ standings: selector.optional(), span: queryInteger(0, 50).default(5) })
export const whatIfQuery = z.strictObject({
  standings: selector.optional(),
  score: z
    .string()
    .regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/, 'must be a number')
    .refine(isExactNumber, inexactNumber)
    .transform(Number)
    .pipe(z.number()),
})
export const periodsQuery = z.strictObject({
  type: z.enum(leaderboardTypes).optional(),
  limit: queryInteger(1, 1000).default(1000),
  after: z
    .string()
    .regex(/^-?\d{1,16}\.\d{1,16}$/, 'must be the next of an answer')
    .describe('the next of the answer before')
    .optional(),
})
/** Stands for all standings of a leaderboard at once, where a history is asked for. */
export const everyStandings = '*'
export const historyQuery = z.strictObject({
  standings: selector.describe(`${selector.description}; ${everyStandings} for all at once`).optional(),
  limit: queryInteger(1, 1000).default(100),
})
export const lookupBody = z.strictObject({
  playerIds: z.array(playerId).min(1).max(500),
  standings: selector.optional(),
})

export const socketPageSchema = z.strictObject({
  leaderboard: leaderboardId,
  standings: selector.optional(),
  limit: z.int().min(1).max(200).default(100),
  offset: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
})
export const socketRankSchema = z.strictObject({
  leaderboard: leaderboardId,
  standings: selector.optional(),
  playerId: playerId.optional(),
})

export const rowSchema = z
  .object({
    rank: z.int(),
    playerId: z.string(),
    displayName: z.string(),
    score: z.number(),
    region: z.string().optional(),
    trend: z
      .int()
      .nullable()
      .optional()
      .describe('in pages and snapshots: places gained since the last daily snapshot; null where unknown'),
  })
  .meta({ id: 'Row' })
export type Row = z.output<typeof rowSchema>

const index = z.int().describe('place in the whole list from 0, never shared: its page begins at index - index % limit')
/** A row that tells where in the list it is. */
export const placedRowSchema = rowSchema.extend({ index }).meta({ id: 'PlacedRow' })

export const periodSchema = z.object({ startsAt: z.string(), endsAt: z.string(), status })
export type PeriodView = z.output<typeof periodSchema>
export const pageSchema = z
  .object({
    ...where,
    total: z.int(),
    period: periodSchema.nullable(),
    source,
    asOf: z.string(),
    rows: z.array(rowSchema),
  })
  .meta({ id: 'Page' })
export type Page = z.output<typeof pageSchema>

export const placeSchema = z
  .object({
    ...where,
    playerId: z.string(),
    displayName: z.string(),
    rank: z.int().nullable(),
    index: index.nullable(),
    score: z.number().nullable(),
    total: z.int(),
    percentile: z.number().nullable(),
    hidden: z.boolean().optional(),
    source,
    asOf: z.string(),
  })
  .meta({ id: 'Place' })
export type Place = z.output<typeof placeSchema>

export const aroundSchema = z
  .object({
    ...where,
    total: z.int(),
    rows: z.array(placedRowSchema),
    self: placedRowSchema.nullable(),
    source,
    asOf: z.string(),
  })
  .meta({ id: 'Around' })
export type Around = z.output<typeof aroundSchema>

export const lookupSchema = z
  .object({
    ...where,
    total: z.int(),
    rows: z.array(
      placedRowSchema.extend({
        position: z.int().describe('rank among the players asked for; shared by equal scores where ranks are'),
      }),
    ),
    missing: z.array(z.string()),
    source,
    asOf: z.string(),
  })
  .meta({ id: 'Lookup' })
export type Lookup = z.output<typeof lookupSchema>

export const whatIfSchema = z
  .object({ ...where, rank: z.int(), total: z.int(), source, asOf: z.string() })
  .meta({ id: 'WhatIf' })
export type WhatIf = z.output<typeof whatIfSchema>

export const periodsSchema = z.object({
  periods: z.array(
    z.object({
      standings: z.string(),
      startsAt: z.string().nullable(),
      endsAt: z.string().nullable(),
      status,
      total: z
        .int()
        .nullable()
        .describe('null while nobody can tell: Redis is away and there are too many to be counted'),
    }),
  ),
  next: z.string().nullable().describe('the after that goes on from here; null at the end'),
})
export type Periods = z.output<typeof periodsSchema>

export const historySchema = z.object({
  entries: z.array(
    z.object({
      at: z.string(),
      score: z.number().nullable(),
      kind: z.enum(ledgerKinds),
      reason: z.string().nullable(),
      submissionId: z.string().optional(),
      matchId: z.string().optional(),
      changed: z.array(z.string()).optional().describe('only with standings=*: the standings that it changed'),
    }),
  ),
})
export type History = z.output<typeof historySchema>
