import type { Receipt } from '../contract/submission.ts'
import { backoff, pause } from './backoff.ts'
import type { Connection } from './connection.ts'
import { timeoutError, toRankpulseError } from './error.ts'

/** An ack that takes longer is taken for lost. */
export const ackTimeoutMs = 10_000
const pauses = { minMs: 200, maxMs: 5000 }

/**
 * Sends until there is an answer: again after retryable errors, lost connections and acks, within `deadlineMs`. Only for
 * what may arrive twice. Rejects with the last `RankpulseError`.
 */
export async function request<Data>(
  connection: Connection,
  event: string,
  payload: object,
  deadlineMs: number,
): Promise<Data> {
  const until = performance.now() + deadlineMs
  for (let attempt = 0; ; attempt++) {
    try {
      await untilConnected(connection, until - performance.now(), event)
      return await connection.send<Data>(event, payload, Math.min(ackTimeoutMs, until - performance.now()))
    } catch (error) {
      const failure = toRankpulseError(error)
      const mayPass = failure.retryable || (failure.code === 'UNAUTHENTICATED' && connection.renewToken())
      const wait = Math.max(backoff(attempt, pauses), failure.retryAfterMs ?? 0)
      if (!mayPass || performance.now() + wait >= until) throw failure
      await pause(wait, connection.closing)
    }
  }
}

export interface Submission {
  leaderboard: string
  score: number
  /** Left out: the player of the token. */
  playerId?: string
  /** Names this submission permanently: give your own to retry it later. Left out: a new random one. */
  submissionId?: string
  /** ISO 8601 in UTC. */
  occurredAt?: string
  sessionId?: string
  metadata?: Record<string, unknown>
}

/** Submits under one `submissionId`, so that every retry has the effect of the first. */
export function submit(connection: Connection, submission: Submission, deadlineMs: number): Promise<Receipt> {
  const { submissionId = newId() } = submission
  return request(connection, 'score:submit', { ...submission, submissionId }, deadlineMs)
}

function untilConnected(connection: Connection, timeoutMs: number, event: string): Promise<void> {
  // `send` tells why a closed connection takes nothing.
  if (connection.state() === 'connected' || connection.state() === 'closed') return Promise.resolve()
  return new Promise((resolve, reject) => {
    const end = (error?: Error) => {
      clearTimeout(timer)
      unsubscribe()
      if (error === undefined) resolve()
      else reject(error)
    }
    const timer = setTimeout(() => end(connection.error() ?? timeoutError(event, timeoutMs)), timeoutMs)
    const unsubscribe = connection.subscribe({
      changed: (state) => (state === 'connected' || state === 'closed') && end(),
    })
  })
}

// Browsers have randomUUID on https and localhost only.
function newId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
