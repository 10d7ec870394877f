import { expect, test } from 'vitest'
import { errorCodes, problemSchema, type ErrorCode } from '../../../src/contract/errors.ts'
import { AppError, toAckError, toAppError } from '../../../src/errors.ts'
import { problemResponse } from '../../../src/http/problem.ts'

// The contract, section 3: code, status, retryable.
const contract: [ErrorCode, number, boolean][] = [
  ['VALIDATION', 400, false],
  ['UNAUTHENTICATED', 401, false],
  ['FORBIDDEN', 403, false],
  ['NOT_FOUND', 404, false],
  ['NOT_RANKED', 404, false],
  ['CONFLICT', 409, false],
  ['IDEMPOTENCY_CONFLICT', 409, false],
  ['INVALID_TRANSITION', 409, false],
  ['WINDOW_CLOSED', 409, false],
  ['LIMIT_EXCEEDED', 409, false],
  ['PAYLOAD_TOO_LARGE', 413, false],
  ['SCORE_OUT_OF_RANGE', 422, false],
  ['RATE_LIMITED', 429, true],
  ['OVERLOADED', 503, true],
  ['UNAVAILABLE', 503, true],
  ['INTERNAL', 500, false],
]

test('the table is the contract', () => {
  expect(Object.entries(errorCodes).map(([code, { status, retryable }]) => [code, status, retryable])).toEqual(contract)
})

test.each(contract)('%s is a problem document of status %i', (code, status, retryable) => {
  const response = problemResponse(new AppError(code, 'what was wrong'))
  const body: unknown = JSON.parse(response.body.toString())
  expect(response.status).toBe(status)
  expect(response.headers['content-type']).toBe('application/problem+json')
  expect(response.headers['retry-after']).toBe(retryable ? '1' : undefined)
  expect(problemSchema.parse(body)).toEqual(body)
  expect(body).toMatchObject({ type: `urn:rankpulse:error:${code}`, status, code, detail: 'what was wrong', retryable })
})

test('Retry-After is in whole seconds, rounded up; acks have milliseconds', () => {
  const error = new AppError('RATE_LIMITED', 'slower', { retryAfterMs: 1001 })
  expect(problemResponse(error).headers['retry-after']).toBe('2')
  expect(toAckError(error)).toEqual({ code: 'RATE_LIMITED', message: 'slower', retryable: true, retryAfterMs: 1001 })
})

test('what is not an AppError becomes INTERNAL without its message', () => {
  const error = toAppError(new Error('select * from players where id = secret'))
  expect(error.code).toBe('INTERNAL')
  expect(JSON.stringify([toAckError(error), problemResponse(error)])).not.toContain('secret')
})
