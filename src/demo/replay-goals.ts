import type { AckError } from '../contract/errors.ts'
import type { Receipt } from '../contract/submission.ts'
import { changeBoard, defineBoard } from './demo-board.ts'
import type { GoalSubmission } from './goal-submissions.ts'
import { request, RequestError, withRetries } from './http-client.ts'
import { chunks, inFlight } from './in-flight.ts'
import { createProgress } from '../cli/progress.ts'
import type { Target } from './target.ts'
import { dayIn, longDate, withDay } from './world-date.ts'

const batchSize = 500
const batchesInFlight = 4

// Ties by id: batches travel side by side, so who reached a total first would differ from run to run.
const leaderboard = {
  id: 'goals',
  title: 'International goals',
  description: 'Data: github.com/martj42/international_results (CC0 1.0)',
  operator: 'sum',
  ties: 'id',
  types: ['GLOBAL', 'SESSION'],
  submitBy: 'server',
}

const earlierTitle = "Goals in men's football internationals (martj42/international_results, CC0 1.0)"

/** Defines the leaderboard `goals`; what was scored stays. Returns the day up to which it was, empty before the first. */
export async function defineGoals(target: Target): Promise<string> {
  return dayIn(await defineBoard(target, leaderboard, earlierTitle), leaderboard.description)
}

/** Shows spectators the day that the replay has come to. */
export function showGoalsDay(target: Target, day: string): Promise<void> {
  return changeBoard(target, leaderboard.id, { description: withDay(leaderboard.description, day) })
}

export interface Tally {
  applied: number
  duplicates: number
  unchanged: number
  /** Receipts without ranks: Redis was unreachable. */
  degraded: number
  /** Batches sent again, whole or in part; what a lost answer had acknowledged comes back as a duplicate. */
  retries: number
}

/**
 * Submits every goal, in batches; what failed for now is sent again under the same ids. `reached` gets the day of each goal
 * that is in. Throws `RequestError`.
 */
export async function submitGoals(
  target: Target,
  submissions: readonly GoalSubmission[],
  reached: (day: string) => void,
): Promise<Tally> {
  const tally: Tally = { applied: 0, duplicates: 0, unchanged: 0, degraded: 0, retries: 0 }
  const progress = createProgress('goals', submissions.length)
  let newest = ''
  const count = (receipt: Receipt, { occurredAt }: GoalSubmission) => {
    const day = occurredAt.slice(0, 10)
    if (day > newest) newest = day
    reached(day)
    if (receipt.duplicate) tally.duplicates++
    else if (receipt.applied) tally.applied++
    else tally.unchanged++
    if (receipt.degraded) tally.degraded++
    progress.add(1, longDate(newest))
  }
  try {
    await inFlight(chunks(submissions, batchSize), batchesInFlight, async (batch) => {
      let pending = batch
      let attempts = 0
      await withRetries(async () => {
        if (attempts++ > 0) tally.retries++
        const failed = await submitBatch(target, pending, count)
        pending = failed.map(({ submission }) => submission)
        const worst = failed.find(({ error }) => !error.retryable) ?? failed[0]
        if (worst) throw new RequestError(worst.error.code, worst.error.message, worst.error)
      })
    })
  } finally {
    progress.stop()
  }
  return tally
}

type Answer = Receipt | { submissionId: string | null; error: AckError }

async function submitBatch(
  target: Target,
  submissions: GoalSubmission[],
  count: (receipt: Receipt, submission: GoalSubmission) => void,
) {
  const failed: { submission: GoalSubmission; error: AckError }[] = []
  const options = { method: 'POST', token: target.serverToken, body: { submissions } } as const
  const url = `${target.url}/v1/leaderboards/goals/scores/batch`
  const { receipts } = await request<{ receipts: Answer[] }>(url, options)
  for (const [index, submission] of submissions.entries()) {
    const receipt = receipts[index]
    if (receipt?.submissionId !== submission.submissionId) {
      throw new RequestError('INTERNAL', 'the receipts do not match the batch', { retryable: false })
    }
    if ('error' in receipt) failed.push({ submission, error: receipt.error })
    else count(receipt, submission)
  }
  return failed
}
