import { errorCodes } from '../contract/errors.ts'
import type { AppError } from '../errors.ts'
import type { HttpResponse } from './message.ts'

/** The RFC 9457 problem document of an error, with `Retry-After` in whole seconds where a retry makes sense. */
export function problemResponse(error: AppError): HttpResponse {
  const { status, title, retryable } = errorCodes[error.code]
  const body = JSON.stringify({
    type: `urn:rankpulse:error:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    retryable,
    issues: error.issues,
  })
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (error.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000))
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  return { status, headers, body }
}
