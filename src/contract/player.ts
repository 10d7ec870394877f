import { z } from 'zod'
import { displayName, metadata, playerId, region } from './values.ts'

export const profileBody = z
  .strictObject({
    playerId: playerId.optional().describe('as a GET has it: that of the path'),
    displayName,
    region: region.nullable().optional(),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code')
      .nullable()
      .optional(),
    avatarUrl: z
      .url({ protocol: /^https?$/, message: 'must be an http(s) address' })
      .max(512)
      // The URL parser lets these pass, Postgres does not.
      .refine(
        (text) => text.isWellFormed() && !/[\p{Cc}\s]/u.test(text),
        'must not contain control characters or spaces',
      )
      .nullable()
      .optional(),
    metadata: metadata.nullable().optional(),
  })
  .meta({ id: 'ProfileInput' })
export type ProfileInput = z.output<typeof profileBody>

export const profileSchema = z
  .object({
    playerId,
    displayName: z.string(),
    region: z.string().optional(),
    country: z.string().optional(),
    avatarUrl: z.string().optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Profile' })
export type Profile = z.output<typeof profileSchema>
