import { z } from 'zod'

/** Every error code of the wire contract with its HTTP status; `retryable` ones may succeed later under the same ids. */
export const errorCodes = {
  VALIDATION: { status: 400, title: 'Invalid request', retryable: false },
  UNAUTHENTICATED: { status: 401, title: 'A valid token is required', retryable: false },
  FORBIDDEN: { status: 403, title: 'Insufficient role', retryable: false },
  NOT_FOUND: { status: 404, title: 'Not found', retryable: false },
  NOT_RANKED: { status: 404, title: 'The player is not ranked in these standings', retryable: false },
  CONFLICT: { status: 409, title: 'The request contradicts what is stored', retryable: false },
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'This submissionId was used with other content', retryable: false },
  INVALID_TRANSITION: { status: 409, title: 'The state does not allow this step', retryable: false },
  WINDOW_CLOSED: { status: 409, title: 'Every standings list has closed for that instant', retryable: false },
  LIMIT_EXCEEDED: { status: 409, title: 'Connection limit reached', retryable: false },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The payload is too large', retryable: false },
  SCORE_OUT_OF_RANGE: { status: 422, title: 'The score is out of range', retryable: false },
  RATE_LIMITED: { status: 429, title: 'Too many requests', retryable: true },
  OVERLOADED: { status: 503, title: 'Server overloaded', retryable: true },
  UNAVAILABLE: { status: 503, title: 'A required service is unreachable', retryable: true },
  INTERNAL: { status: 500, title: 'Internal server error', retryable: false },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>

export type ErrorCode = keyof typeof errorCodes

export const issueSchema = z.object({ path: z.string(), message: z.string() })
export type Issue = z.infer<typeof issueSchema>

/** RFC 9457 problem document, the body of every HTTP error. */
export const problemSchema = z
  .object({
    type: z.string().describe('urn:rankpulse:error:<code>'),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    retryable: z.boolean(),
    issues: z.array(issueSchema).optional(),
  })
  .meta({ id: 'Problem' })

/** The error member of a Socket.IO ack and of a failed batch item. */
export const ackErrorSchema = z
  .object({
    code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    retryable: z.boolean(),
    retryAfterMs: z.int().optional(),
    issues: z.array(issueSchema).optional(),
  })
  .meta({ id: 'AckError' })
export type AckError = z.infer<typeof ackErrorSchema>
