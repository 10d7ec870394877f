import { slugPattern } from '../ranking/ids.ts'
import { z } from 'zod'
import { title } from './leaderboard.ts'
import { datedInstant, leaderboardId } from './values.ts'

export const seasonSlug = z
  .string()
  .regex(slugPattern, 'must be 1-48 characters of a-z, 0-9 and -, not beginning with -')
  .meta({ example: 'winter-2026' })
/** A season as posted; `endsAt` is exclusive. */
export const seasonCreateSchema = z
  .strictObject({ slug: seasonSlug, leaderboard: leaderboardId, title, startsAt: datedInstant, endsAt: datedInstant })
  .refine(({ startsAt, endsAt }) => Date.parse(endsAt) > Date.parse(startsAt), {
    path: ['endsAt'],
    message: 'must be after startsAt',
  })
  .meta({ id: 'SeasonDefinition' })
export type SeasonCreate = z.output<typeof seasonCreateSchema>

export const seasonSchema = z
  .object({
    slug: seasonSlug,
    leaderboard: leaderboardId,
    title: z.string(),
    startsAt: z.string(),
    endsAt: z.string().describe('exclusive; the moment of closing when it was closed by hand'),
    standings: z.string().describe('selector of its standings, such as SEASONAL:winter-2026'),
    status: z
      .enum(['SCHEDULED', 'ACTIVE', 'ENDED'])
      .describe('by startsAt and endsAt; GET .../periods tells how far the standings of an ended one are'),
  })
  .meta({ id: 'Season' })
export type SeasonView = z.output<typeof seasonSchema>

export const seasonsQuery = z.strictObject({ leaderboard: leaderboardId.optional() })
export const seasonListSchema = z.object({ seasons: z.array(seasonSchema) })
