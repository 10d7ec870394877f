import { z } from 'zod'
import { ackErrorSchema } from './errors.ts'
import { datedInstant, externalId, leaderboardId, metadata, playerId } from './values.ts'

export const batchMax = 1000

export const submissionSchema = z
  .strictObject({
    playerId: playerId.optional().describe("the token's own sub for a player"),
    score: z.number(),
    submissionId: externalId.optional().describe('the idempotency key; made by the server when absent'),
    occurredAt: datedInstant.optional(),
    sessionId: externalId.optional(),
    metadata: metadata.optional(),
  })
  .meta({ id: 'Submission' })
export type SubmissionInput = z.output<typeof submissionSchema>

export const socketSubmissionSchema = submissionSchema.extend({ leaderboard: leaderboardId })

// Items are parsed one by one, so that a bad item fails alone.
export const batchSchema = z.strictObject({ submissions: z.array(z.unknown()).min(1).max(batchMax) })

const reason = z
  .enum(['NOT_BETTER', 'UNCHANGED', 'WINDOW_CLOSED', 'REMOVED'])
  .nullable()
  .describe('why nothing changed; REMOVED: of a duplicate whose player was removed since')

export const receiptItemSchema = z.object({
  standings: z.string(),
  applied: z.boolean(),
  reason,
  score: z.number().nullable(),
  previousScore: z.number().nullable(),
  rank: z.int().nullable(),
  previousRank: z.int().nullable(),
  total: z.int().nullable(),
})
export const receiptSchema = z
  .object({
    submissionId: z.string(),
    leaderboard: z.string(),
    playerId: z.string(),
    score: z.number(),
    applied: z.boolean(),
    reason,
    duplicate: z.boolean(),
    degraded: z.boolean(),
    standings: z.array(receiptItemSchema),
  })
  .meta({ id: 'Receipt' })
export type Receipt = z.output<typeof receiptSchema>
export type ReceiptItem = z.output<typeof receiptItemSchema>

export const batchResultSchema = z.object({
  receipts: z.array(z.union([receiptSchema, z.object({ submissionId: z.string().nullable(), error: ackErrorSchema })])),
})
export type BatchResult = z.output<typeof batchResultSchema>
