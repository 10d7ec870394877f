import { z } from 'zod'
import {
  arePlacements,
  matchStatuses,
  matchSteps,
  matchTypes,
  resultTypes,
  verificationStatuses,
} from '../ranking/match.ts'
import { datedInstant, externalId, leaderboardId, playerId, reasonText, region } from './values.ts'

export const playersMin = 2
export const playersMax = 100

export const matchCreateSchema = z
  .strictObject({
    id: externalId.optional().describe('made by the server when absent; the same definition again is 200'),
    leaderboard: leaderboardId.describe('one with metric rating'),
    type: z.enum(matchTypes).describe('CASUAL changes totals only, not ratings'),
    playerIds: z
      .array(playerId)
      .min(playersMin)
      .max(playersMax)
      .refine((ids) => new Set(ids).size === ids.length, 'must not name a player twice'),
    scheduledAt: datedInstant.optional(),
    region: region.optional(),
  })
  .meta({ id: 'MatchDefinition' })
export type MatchCreate = z.output<typeof matchCreateSchema>

const count = z.int().min(0).max(1_000_000)
const resultInput = z.strictObject({
  playerId,
  placement: z.int().min(1).max(playersMax).describe('1 = first; equals share one and are followed by a gap: 1, 1, 3'),
  kills: count.optional(),
  deaths: count.optional(),
  assists: count.optional(),
  accuracy: z.number().min(0).max(100).optional(),
  score: z.number().optional(),
})
export type ResultInput = z.output<typeof resultInput>

export const matchCompleteSchema = z
  .strictObject({
    results: z
      .array(resultInput)
      .min(playersMin)
      .max(playersMax)
      .refine(
        (results) => new Set(results.map((one) => one.playerId)).size === results.length,
        'must not name a player twice',
      )
      .refine(
        (results) => arePlacements(results.map((one) => one.placement)),
        'placements must be like 1, 2, 3, or 1, 1, 3 where players are equal',
      ),
    completedAt: datedInstant.optional().describe('now when absent; chooses the periods'),
  })
  .meta({ id: 'MatchResults' })
export type MatchComplete = z.output<typeof matchCompleteSchema>

export const matchReasonSchema = z.strictObject({ reason: reasonText })

export const matchSchema = z
  .object({
    id: z.string(),
    leaderboard: z.string(),
    type: z.enum(matchTypes),
    status: z.enum(matchStatuses),
    verification: z.enum(verificationStatuses).nullable().describe('null until the match is completed'),
    playerIds: z.array(z.string().nullable()).describe('null where the person was erased'),
    region: z.string().optional(),
    scheduledAt: z.string().optional(),
    startedAt: z.string().optional(),
    completedAt: z.string().optional(),
    createdAt: z.string(),
    results: z
      .array(
        z.object({
          playerId: z.string().nullable(),
          placement: z.int(),
          result: z.enum(resultTypes),
          kills: z.int().optional(),
          deaths: z.int().optional(),
          assists: z.int().optional(),
          accuracy: z.number().optional(),
          score: z.number().optional(),
          ratingBefore: z.int().optional().describe('while the match is verified'),
          ratingAfter: z.int().optional(),
          ratingChange: z.int().optional(),
        }),
      )
      .optional(),
    log: z
      .array(
        z.object({
          step: z.enum(matchSteps),
          at: z.string(),
          by: z.string().nullable(),
          reason: z.string().nullable(),
        }),
      )
      .optional()
      .describe('who did what, when and why; for servers and admins'),
  })
  .meta({ id: 'Match' })
export type MatchView = z.output<typeof matchSchema>

export const statsSchema = z
  .object({
    playerId: z.string(),
    matches: z.int(),
    wins: z.int(),
    losses: z.int(),
    draws: z.int(),
    kills: z.int(),
    deaths: z.int(),
    assists: z.int(),
    kd: z.number().describe('kills over deaths, deaths at least 1, two decimals'),
    accuracy: z.number().nullable().describe('mean of those reported, two decimals; null when none was'),
    currentStreak: z.int().describe('wins in a row'),
    bestStreak: z.int(),
    bestRating: z.int().describe('the highest by the matches that still count; at least 1200'),
  })
  .meta({ id: 'PlayerStats' })
export type PlayerStats = z.output<typeof statsSchema>
