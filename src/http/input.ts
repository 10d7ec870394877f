import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { parseInput } from '../actions/parse-input.ts'
import type { SubmissionInput } from '../contract/submission.ts'
import { noFields, type Route } from '../contract/routes/route.ts'
import { externalId } from '../contract/values.ts'
import { AppError } from '../errors.ts'
import { parseExactJson } from './exact-json.ts'

/** Throws VALIDATION unless a body is announced as JSON. */
export function checkContentType(contentType: string | undefined): void {
  if (contentType === 'application/json') return
  if (contentType !== undefined && /^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i.test(contentType))
    return
  throw new AppError('VALIDATION', 'the content type of the body must be application/json')
}

/** Throws VALIDATION unless the body is one JSON object in UTF-8; `optional`: or empty, which is `{}`. */
export function parseJsonObject(body: Buffer, optional = false): object {
  if (optional && body.length === 0) return {}
  if (!isUtf8(body)) throw new AppError('VALIDATION', 'the body is not UTF-8')
  let value: unknown
  try {
    value = parseExactJson(body.toString('utf8'))
  } catch {
    throw new AppError('VALIDATION', 'the body is not JSON')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new AppError('VALIDATION', 'the body must be a JSON object')
}

/**
 * The query by the route's schema. Throws VALIDATION for a parameter that it does not know, also where it knows none; the
 * pages and probes alone take any, since browsers and monitoring add their own.
 */
export function queryOf(route: Route, query: string): unknown {
  if (route.query === undefined && (query === '' || route.access === 'always')) return undefined
  return parseInput(route.query ?? noFields, parseQuery(query))
}

// Throws VALIDATION when a parameter comes twice.
function parseQuery(query: string): Record<string, string> {
  const values = Object.create(null) as Record<string, string>
  if (query === '') return values
  for (const [name, value] of new URLSearchParams(query)) {
    if (name in values) throw new AppError('VALIDATION', `the query has ${JSON.stringify(name.slice(0, 40))} twice`)
    values[name] = value
  }
  return values
}

const idempotencyHeader = z.object({ 'Idempotency-Key': externalId })

/** Throws VALIDATION where the header means nothing. A read is answered once in any case. */
export function refuseIdempotencyKey({ method }: Route): void {
  if (method === 'GET') return
  const message = 'is taken with a single score only; in a batch each submission has its submissionId'
  throw new AppError('VALIDATION', `the Idempotency-Key header ${message}`, {
    issues: [{ path: 'Idempotency-Key', message }],
  })
}

/** The submission with the `Idempotency-Key` header as its submissionId. Throws VALIDATION when they differ. */
export function withIdempotencyKey(input: SubmissionInput, key: string | undefined): SubmissionInput {
  if (key === undefined) return input
  const submissionId = parseInput(idempotencyHeader, { 'Idempotency-Key': key })['Idempotency-Key']
  if (input.submissionId !== undefined && input.submissionId !== submissionId)
    throw new AppError('VALIDATION', 'the Idempotency-Key header and submissionId differ')
  return { ...input, submissionId }
}
