import { errorCodes, type AckError, type ErrorCode, type Issue } from './contract/errors.ts'

/** An error with a code of the wire contract. `detail` is shown to clients: say what was wrong and what to do. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly issues: Issue[] | undefined
  /** Milliseconds after which a retry makes sense; set on retryable codes. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    detail: string,
    extra: { issues?: Issue[]; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: extra.cause })
    this.name = 'AppError'
    this.code = code
    this.issues = extra.issues
    this.retryAfterMs = extra.retryAfterMs ?? (errorCodes[code].retryable ? 1000 : undefined)
  }
}

/** Turns anything thrown into an `AppError`; what is not one becomes INTERNAL without its message, which may hold data. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  return new AppError('INTERNAL', 'unexpected failure; the server log has the details', { cause: error })
}

/** The error as acks and batch items carry it. */
export function toAckError(error: AppError): AckError {
  return {
    code: error.code,
    message: error.message,
    retryable: errorCodes[error.code].retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.issues === undefined ? {} : { issues: error.issues }),
  }
}
