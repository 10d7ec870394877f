import { setTimeout as sleep } from 'node:timers/promises'
import type { AckError } from '../contract/errors.ts'
import type { Receipt } from '../contract/submission.ts'
import { request, RequestError } from './http-client.ts'
import { causeOf, isLate, maxRequests, type Cause, type Measured } from './live-verdict.ts'
import type { Target } from './target.ts'

const stepMs = 50

export interface LiveTally extends Measured {
  submitted: number
  applied: number
  errors: number
  /** Of the last error, as people read it. */
  lastError: string | null
  /** Due but not sent, because too many requests waited for their answers. */
  skipped: Record<Cause, number>
}

/** Before anything was sent. */
export function emptyTally(): LiveTally {
  const measured = { skipped: { late: 0, warmUp: 0, behind: 0 }, answers: 0, answersMs: 0, latestMs: 0 }
  return { submitted: 0, applied: 0, errors: 0, lastError: null, ...measured }
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
  const startedAt = performance.now()
  let due = 0
  let last = startedAt
  let planned = startedAt
  let catchingUp = false

  const sendDue = () => {
    while (due >= 1 && waiting.size < maxRequests && !signal.aborted) {
      const scores = Array.from({ length: Math.min(batch, Math.floor(due)) }, next)
      due -= scores.length
      const sent: Promise<void> = send(options, scores, tally).finally(() => {
        waiting.delete(sent)
        sendDue()
      })
      waiting.add(sent)
    }
  }
  while (!signal.aborted) {
    const now = performance.now()
    const lateMs = now - planned
    tally.latestMs = Math.max(tally.latestMs, lateMs)
    catchingUp = isLate(lateMs) || (catchingUp && due >= 1)
    // Still there after a whole step: no answer made room for it.
    if (due >= 1) tally.skipped[causeOf({ lateMs, catchingUp, sinceStartMs: now - startedAt })] += Math.floor(due)
    due = (due % 1) + ((now - last) / 1000) * rate
    last = now
    sendDue()
    planned = performance.now() + stepMs
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
  const sentAt = performance.now()
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
    tally.answers++
    tally.answersMs += performance.now() - sentAt
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
