import { backoff } from './backoff.ts'
import { RankpulseError, closedError, disconnectedError, timeoutError } from './error.ts'
import { renewIn } from './token.ts'

// How a client stays connected, as pure transitions; `connection.ts` carries them out. An attempt to connect, or a pause
// before the next one, is always there: whatever gets no answer is given up, so nothing is waited for without an end.

/** `closed`: by `close()`, or because the server refuses this client permanently. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed'

export interface KeepOptions {
  minMs: number
  maxMs: number
  /** For the token, and for the handshake. */
  timeoutMs: number
  /** The application can give a new token. */
  renews: boolean
}

export interface Kept {
  state: ConnectionState
  /** Why it is `closed` or being made again. */
  error: RankpulseError | null
  /** What is in use, by the number of the attempt that opened it. */
  link: { number: number; openedAt: number } | null
  /** With a `link` it makes the one that takes its place. */
  next: Attempt | Pause
  /** The server told to come back then. */
  toldAt: number
  attempts: number
  /** In a row. */
  failures: number
  refusals: number
  options: KeepOptions
}

interface Attempt {
  number: number
  part: 'token' | 'handshake'
  until: number
}
interface Pause {
  until: number
}

export type KeepInput =
  /** The token for an attempt is there: its handshake begins. */
  | { type: 'token'; attempt: number }
  /** `lifeMs`: of its token; null where that is not known. */
  | { type: 'opened'; attempt: number; lifeMs: number | null }
  | { type: 'failed'; attempt: number; error: RankpulseError }
  | { type: 'lost'; link: number }
  | { type: 'draining'; link: number; reconnectInMs: number }
  /** Another token is wanted. */
  | { type: 'renew' }
  | { type: 'close' }
  /** Time has passed; due at `next.until`. */
  | { type: 'time' }

/** A connection that held this long was a good one: the next failure starts with the least pause. */
const steadyMs = 5000
/** A function that gives bad tokens gets this many chances. */
const maxRefusals = 3
/** No server keeps a client away for longer than this. */
const maxToldMs = 60_000

/** Before the first attempt, which is due at once. */
export function notConnected(options: KeepOptions): Kept {
  const nothing = { error: null, link: null, next: { until: -Infinity }, toldAt: -Infinity }
  return { ...nothing, state: 'connecting', attempts: 0, failures: 0, refusals: 0, options }
}

/** The number of the attempt under way. */
export function attemptOf({ next }: Kept): number | null {
  return 'number' in next ? next.number : null
}

/** Whether what is refused now may be taken with another token. */
export function mayRenew({ link, options }: Kept, now: number): boolean {
  return options.renews && link !== null && now - link.openedAt >= steadyMs
}

/** The state after one input. `chance`, from 0 to 1, keeps clients apart that were told or lost the same. */
export function keep(kept: Kept, input: KeepInput, now: number, chance: number): Kept {
  const { state, link, next, options } = kept
  if (state === 'closed') return kept
  switch (input.type) {
    case 'time':
      if (next.until > now) return kept
      return 'number' in next ? failed(kept, tooLate(next, options), now, chance) : attempt(kept, now)
    case 'renew':
      return 'number' in next ? kept : attempt(kept, now)
    case 'close':
      return close(kept, closedError())
    case 'lost':
      return input.link === link?.number ? lost(kept, link.openedAt, now, chance) : kept
    case 'draining':
      return input.link === link?.number ? told(kept, input.reconnectInMs, now, chance) : kept
    case 'token':
    case 'opened':
    case 'failed':
      if (input.attempt !== attemptOf(kept)) return kept
  }
  const { attempt: number } = input
  if (input.type === 'failed') return failed(kept, input.error, now, chance)
  if (input.type === 'token') return { ...kept, next: { number, part: 'handshake', until: now + options.timeoutMs } }
  return {
    ...kept,
    state: 'connected',
    error: null,
    link: { number, openedAt: now },
    // The server took the token: if it looks expired, the clock here is wrong, and `renew` will have to do.
    next: { until: options.renews && (input.lifeMs ?? 0) > 0 ? now + renewIn(input.lifeMs ?? 0, chance) : Infinity },
    toldAt: -Infinity,
    refusals: 0,
  }
}

function attempt(kept: Kept, now: number): Kept {
  const attempts = kept.attempts + 1
  return { ...kept, attempts, next: { number: attempts, part: 'token', until: now + kept.options.timeoutMs } }
}

function failed(kept: Kept, error: RankpulseError, now: number, chance: number): Kept {
  const { link, options, toldAt } = kept
  const until = Math.max(now + Math.max(pauseOf(kept, chance), error.retryAfterMs ?? 0), toldAt)
  const waiting = { ...kept, next: { until }, failures: kept.failures + 1 }
  // What is in use goes on.
  if (link !== null) return waiting
  const refusals = kept.refusals + (error.retryable ? 0 : 1)
  if (!error.retryable && (!options.renews || refusals >= maxRefusals)) return close(kept, error)
  return { ...waiting, refusals, error, state: kept.state === 'connecting' ? 'connecting' : 'reconnecting' }
}

function lost(kept: Kept, openedAt: number, now: number, chance: number): Kept {
  const { next, toldAt } = kept
  const failures = now - openedAt >= steadyMs ? 0 : kept.failures
  const error = disconnectedError('the connection was lost')
  const without: Kept = { ...kept, link: null, state: 'reconnecting', error, failures }
  // What was told, and what is under way, holds.
  if ('number' in next || toldAt > now) return without
  const until = Math.min(next.until, now + pauseOf(without, chance))
  return { ...without, next: { until }, failures: failures + 1 }
}

function told(kept: Kept, reconnectInMs: number, now: number, chance: number): Kept {
  const { next, options } = kept
  const toldAt = now + Math.min(Math.max(reconnectInMs || 0, 0), maxToldMs) + chance * options.minMs
  return { ...kept, toldAt, next: 'number' in next ? next : { until: Math.min(next.until, toldAt) } }
}

function close(kept: Kept, error: RankpulseError): Kept {
  return { ...kept, state: 'closed', error, link: null, next: { until: Infinity } }
}

/** The first pause is all chance: a server that dies loses all of its clients at the same moment. */
function pauseOf({ failures, options }: Kept, chance: number): number {
  return failures === 0 ? chance * 2 * options.minMs : backoff(failures, options, chance)
}

function tooLate({ part }: Attempt, { timeoutMs }: KeepOptions): RankpulseError {
  if (part === 'handshake') return timeoutError('the handshake', timeoutMs)
  const message = `token() gave nothing within ${timeoutMs} ms`
  return new RankpulseError({ code: 'TOKEN_UNAVAILABLE', message, retryable: true })
}
