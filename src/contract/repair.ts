import { z } from 'zod'
import { standingsStatuses } from '../ranking/status.ts'
import { instant, leaderboardId, selector } from './values.ts'

const scope = {
  leaderboard: leaderboardId.optional().describe('one leaderboard; all of them when it is left out'),
  standings: selector.describe('one standings of it; all of them when it is left out').optional(),
}
export const reconcileBody = z.strictObject({
  ...scope,
  dryRun: z.boolean().optional().describe('true: only count what differs'),
})
export const rebuildBody = z.strictObject(scope)
export const reopenBody = z.strictObject({
  leaderboard: leaderboardId,
  standings: selector.describe('what was closed by mistake, such as DAILY or SESSION:final'),
})

const count = z.int().min(0)
const counts = {
  checked: count.describe('entries compared'),
  missing: count.describe('entries of Postgres that Redis lacked'),
  stale: count.describe('entries that Redis had otherwise'),
  extra: count.describe('members of Redis that Postgres does not have'),
  repaired: count,
}
const found = z
  .array(z.object({ standings: z.string(), missing: count, stale: count, extra: count }))
  .describe('the lists that differed, as leaderboard/selector')
const ms = z.number().describe('milliseconds that it took')

export const reconciledSchema = z.object({ runId: z.int(), ...counts, found, ms })
export const rebuiltSchema = z.object({
  rebuilt: z.array(z.string()).describe('the lists, as leaderboard/selector'),
  rows: count,
  ms,
})
export const reopenedSchema = z.object({
  leaderboard: z.string(),
  standings: z.string(),
  status: z.enum(standingsStatuses),
})
export const driftSchema = z.object({
  runs: z.array(
    z.object({
      runId: z.int(),
      kind: z.enum(['AUDIT', 'REBUILD']),
      leaderboard: z.string().nullable(),
      standings: z.string().nullable(),
      dryRun: z.boolean(),
      startedBy: z.string().describe('schedule, cli, or the subject of a token'),
      state: z.enum(['running', 'done', 'failed', 'interrupted']),
      startedAt: instant,
      finishedAt: instant.nullable(),
      ...counts,
      found,
      error: z.string().nullable(),
      ms,
    }),
  ),
})

export type ReconcileInput = z.output<typeof reconcileBody>
export type RebuildInput = z.output<typeof rebuildBody>
export type ReopenInput = z.output<typeof reopenBody>
export type Reopened = z.output<typeof reopenedSchema>
export type Reconciled = z.output<typeof reconciledSchema>
export type Rebuilt = z.output<typeof rebuiltSchema>
export type DriftRuns = z.output<typeof driftSchema>
