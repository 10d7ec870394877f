import { setTimeout as sleep } from 'node:timers/promises'
import type { AckError } from '../contract/errors.ts'
import type { Receipt } from '../contract/submission.ts'
import { request, RequestError } from './http-client.ts'
import type { Target } from './target.ts'

const stepMs = 50
const maxRequests = 16

export interface LiveTally {
  submitted: number
  applied: number
  errors: number
  /** Of the last error, as people read it. */
  lastError: string | null
  /** Due but not sent, because too many requests waited for their answers. */
  skipped: number
}

type Answer = Receipt | { submissionId: string | null; error: AckError }
interface Score {
  playerId: string
  score: number
}

/**
 * Submits `rate` scores a second until `signal` is aborted, at most `batch` in a request, and keeps `tally`. Errors are
 * counted; what they were about is not sent again. `target` is asked before each request.
 */
export async function submitAtRate(
  options: { leaderboard: string; rate: number; batch: number; next: () => Score; target: () => Target },
  tally: LiveTally,
  signal: AbortSignal,
): Promise<void> {
  const { rate, batch, next } = options
  const waiting = new Set<Promise<void>>()
  let due = 0
  let last = performance.now()
  while (!signal.aborted) {
    const now = performance.now()
    due += ((now - last) / 1000) * rate
    last = now
    while (due >= 1) {
      const scores = Array.from({ length: Math.min(batch, Math.floor(due)) }, next)
      due -= scores.length
      if (waiting.size >= maxRequests) {
        tally.skipped += scores.length
        continue
      }
      const sent: Promise<void> = send(options, scores, tally).finally(() => waiting.delete(sent))
      waiting.add(sent)
    }
    await sleep(stepMs, undefined, { signal }).catch(() => {})
  }
  await Promise.all(waiting)
}

async function send(
  { leaderboard, target }: { leaderboard: string; target: () => Target },
  scores: Score[],
  tally: LiveTally,
): Promise<void> {
  const { url, serverToken } = target()
  const path = `${url}/v1/leaderboards/${leaderboard}/scores`
  try {
    const answers =
      scores.length === 1
        ? [await request<Answer>(path, { method: 'POST', token: serverToken, body: scores[0] })]
        : (
            await request<{ receipts: Answer[] }>(`${path}/batch`, {
              method: 'POST',
              token: serverToken,
              body: { submissions: scores },
            })
          ).receipts
    for (const answer of answers) {
      if ('error' in answer) fail(`${answer.error.code}: ${answer.error.message}`, 1)
      else {
        tally.submitted++
        if (answer.applied) tally.applied++
      }
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    fail(error.message, scores.length)
  }

  function fail(text: string, count: number): void {
    tally.errors += count
    tally.lastError = text
  }
}
