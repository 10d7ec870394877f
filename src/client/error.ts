import type { AckError, ErrorCode, Issue } from '../contract/errors.ts'

/** Codes of the server, and those that the client itself finds: the last four. */
export type RankpulseErrorCode = ErrorCode | 'DISCONNECTED' | 'TIMEOUT' | 'CLOSED' | 'TOKEN_UNAVAILABLE'

/** What every promise of the client rejects with. `retryable`: the same request may succeed later. */
export class RankpulseError extends Error {
  readonly code: RankpulseErrorCode
  readonly retryable: boolean
  /** What was wrong with which field of the request. */
  readonly issues: Issue[]
  /** The server asks for this pause before a retry. */
  readonly retryAfterMs: number | null

  constructor(error: Omit<AckError, 'code'> & { code: RankpulseErrorCode }, cause?: unknown) {
    super(error.message, cause === undefined ? {} : { cause })
    this.name = 'RankpulseError'
    this.code = error.code
    this.retryable = error.retryable
    this.issues = error.issues ?? []
    this.retryAfterMs = error.retryAfterMs ?? null
  }
}

/** Anything thrown as a `RankpulseError`; what is not one counts as a lost connection. */
export function toRankpulseError(error: unknown): RankpulseError {
  if (error instanceof RankpulseError) return error
  return disconnectedError(error instanceof Error ? error.message : String(error), error)
}

export function closedError(): RankpulseError {
  return new RankpulseError({ code: 'CLOSED', message: 'the client was closed', retryable: false })
}

export function disconnectedError(message: string, cause?: unknown): RankpulseError {
  return new RankpulseError({ code: 'DISCONNECTED', message, retryable: true }, cause)
}

export function timeoutError(what: string, ms: number): RankpulseError {
  return new RankpulseError({ code: 'TIMEOUT', message: `${what} was not answered within ${ms} ms`, retryable: true })
}
