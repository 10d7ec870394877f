import { z } from 'zod'
import { leaderboardTypes, maxLiveLimit, operators, orders, rankStyles, tieRules } from '../ranking/leaderboard.ts'
import { parseScore } from '../ranking/score.ts'
import { isTimezone } from '../ranking/period.ts'
import { leaderboardId } from './values.ts'

const maxGraceMs = 3_456_000_000 // 40 days

const line = z
  .string()
  .refine(
    (text) => text.isWellFormed() && !/\p{Cc}/u.test(text),
    'must be well-formed Unicode without control characters',
  )
/** Of a leaderboard or a season. */
export const title = line.min(1).max(200)
const description = line.max(500).describe('for readers, such as where the data come from; left out where it is empty')
const types = z
  .array(z.enum(leaderboardTypes))
  .min(1)
  .refine((list) => new Set(list).size === list.length, 'must not name a type twice')
const liveLimit = z.int().min(1).max(maxLiveLimit).describe('rows of the live list')
const tickMs = z.int().min(50).max(5000).describe('milliseconds between live deltas')
const graceMs = z.int().min(0).max(maxGraceMs).describe('milliseconds after a period in which it still takes scores')
const bound = z.number().nullable()
const ties = z
  .enum(tieRules)
  .describe('equal scores: who reached the score first or last (never by occurredAt), or the lower player id, is ahead')
const autoVerify = z.boolean().describe('rating leaderboards: matches are verified as they are completed')

/** A definition as posted. Defaults are those of the contract; a `rating` leaderboard has no operator. */
export const leaderboardCreateSchema = z
  .strictObject({
    id: leaderboardId,
    title: title.optional(),
    description: description.optional(),
    metric: z.enum(['score', 'rating']).default('score'),
    order: z.enum(orders).default('desc'),
    operator: z.enum(operators).optional().describe('default best; none on a rating leaderboard'),
    ties: ties.default('first'),
    rankStyle: z.enum(rankStyles).default('ordinal'),
    types: types.default(['GLOBAL']),
    decimals: z.int().min(0).max(6).default(0),
    minScore: bound.optional(),
    maxScore: bound.optional(),
    timezone: z.string().max(64).refine(isTimezone, 'must be an IANA time zone').default('UTC'),
    submitBy: z.enum(['server', 'player']).default('server'),
    liveLimit: liveLimit.default(100),
    tickMs: tickMs.default(100),
    graceMs: graceMs.default(60_000),
    autoVerify: autoVerify.default(false),
  })
  .superRefine((board, context) => {
    checkBounds(board, board.decimals, context)
    const fail = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (board.metric !== 'rating') {
      if (board.autoVerify) fail('autoVerify', 'is for rating leaderboards')
      return
    }
    if (board.operator !== undefined) fail('operator', 'a rating leaderboard has none')
    if (board.decimals !== 0) fail('decimals', 'must be 0 on a rating leaderboard')
    if (!board.types.includes('GLOBAL')) fail('types', 'must include GLOBAL on a rating leaderboard')
  })
  .meta({ id: 'LeaderboardDefinition' })
export type LeaderboardCreate = z.output<typeof leaderboardCreateSchema>

/** Checks that bounds are numbers the board could hold and in order. */
export function checkBounds(
  bounds: { minScore?: number | null | undefined; maxScore?: number | null | undefined },
  decimals: number,
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  const scaled: (number | null)[] = []
  for (const path of ['minScore', 'maxScore'] as const) {
    const parsed = bounds[path] == null ? null : parseScore(bounds[path], decimals)
    if (parsed !== null && 'error' in parsed) context.addIssue({ code: 'custom', path: [path], message: parsed.detail })
    scaled.push(parsed !== null && 'scaled' in parsed ? parsed.scaled : null)
  }
  const [min, max] = scaled
  if (min != null && max != null && min > max)
    context.addIssue({ code: 'custom', path: ['maxScore'], message: 'must not be below minScore' })
}

/** A change. The fields that never change may be repeated with their present value; another value is a CONFLICT. */
export const leaderboardPatchSchema = z
  .strictObject({
    id: leaderboardId.optional(),
    title: title.optional(),
    description: description.optional(),
    metric: z.enum(['score', 'rating']).optional(),
    order: z.enum(orders).optional(),
    operator: z.enum(operators).optional(),
    ties: z.enum(tieRules).optional(),
    rankStyle: z.enum(rankStyles).optional(),
    types: types.optional(),
    decimals: z.int().min(0).max(6).optional(),
    minScore: bound.optional(),
    maxScore: bound.optional(),
    timezone: z.string().max(64).optional(),
    submitBy: z.enum(['server', 'player']).optional(),
    liveLimit: liveLimit.optional(),
    tickMs: tickMs.optional(),
    graceMs: graceMs.optional(),
    autoVerify: autoVerify.optional(),
  })
  .meta({ id: 'LeaderboardPatch' })
export type LeaderboardPatch = z.output<typeof leaderboardPatchSchema>

export const leaderboardSchema = z
  .object({
    id: leaderboardId,
    title: z.string(),
    description: description.optional(),
    metric: z.enum(['score', 'rating']),
    order: z.enum(orders),
    operator: z.enum(operators).optional(),
    ties,
    rankStyle: z.enum(rankStyles),
    types: z.array(z.enum(leaderboardTypes)),
    decimals: z.int(),
    minScore: z.number().optional(),
    maxScore: z.number().optional(),
    timezone: z.string(),
    submitBy: z.enum(['server', 'player']),
    liveLimit: z.int(),
    tickMs: z.int(),
    graceMs: z.int(),
    autoVerify: z.boolean().optional().describe('rating leaderboards only'),
  })
  .meta({ id: 'Leaderboard' })
export type LeaderboardView = z.output<typeof leaderboardSchema>

export const leaderboardListSchema = z.object({ leaderboards: z.array(leaderboardSchema) })
