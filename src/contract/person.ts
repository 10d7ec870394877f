import { ledgerKinds } from '../ranking/ledger-kind.ts'
import { z } from 'zod'
import { profileSchema } from './player.ts'
import { instant, playerId, reasonText } from './values.ts'

export const banBody = z.strictObject({ reason: reasonText })
export const unbanBody = z.strictObject({ reason: reasonText.optional() })

export const moderationSchema = z
  .object({
    playerId,
    banned: z.boolean(),
    bannedAt: instant.nullable(),
    reason: z.string().nullable().describe('of the ban; null when there is none'),
  })
  .meta({ id: 'Moderation' })
export type Moderation = z.output<typeof moderationSchema>

const count = z.int()
const named = { leaderboard: z.string(), standings: z.string() }

export const personExportSchema = z
  .object({
    player: profileSchema.extend({ createdAt: instant, updatedAt: instant, bannedAt: instant.nullable() }),
    totals: z.record(z.string(), z.number()).nullable().describe('what the matches add up to'),
    entries: z
      .array(z.object({ ...named, score: z.number(), hidden: z.boolean(), finalRank: count.optional() }))
      .describe('the score in every standings, as it is now'),
    submissions: z
      .array(
        z.object({
          leaderboard: z.string(),
          kind: z.enum(ledgerKinds),
          submissionId: z.string().optional(),
          score: z.number().nullable(),
          occurredAt: instant,
          at: instant,
          sessionId: z.string().optional(),
          metadata: z.record(z.string(), z.unknown()).optional(),
          matchId: z.string().optional(),
          reason: z.string().optional(),
          standings: z.array(
            z.object({
              standings: z.string(),
              score: z.number().nullable(),
              previousScore: z.number().nullable(),
              reason: z.string().nullable(),
            }),
          ),
        }),
      )
      .describe('every row of the ledger, by leaderboard, oldest first'),
    matches: z.array(
      z.object({
        id: z.string(),
        leaderboard: z.string(),
        type: z.string(),
        status: z.string(),
        verification: z.string().nullable(),
        scheduledAt: instant.nullable(),
        completedAt: instant.nullable(),
        placement: count.nullable(),
        result: z.string().nullable(),
        kills: count.nullable(),
        deaths: count.nullable(),
        assists: count.nullable(),
        accuracy: z.number().nullable(),
        score: z.number().nullable(),
        ratingBefore: count.nullable(),
        ratingChange: count.nullable(),
      }),
    ),
    moderation: z
      .array(
        z.object({
          at: instant,
          action: z.string(),
          reason: z.string().nullable(),
          matchId: z.string().optional(),
          actor: z.string().optional().describe('who decided it; shown to servers and admins, and to oneself'),
        }),
      )
      .describe('what was decided about the player, and by the player about its matches'),
  })
  .meta({ id: 'PersonExport' })
export type PersonExport = z.output<typeof personExportSchema>
