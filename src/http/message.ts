import type { Page, Row } from '../contract/reads.ts'

/** The request headers that mean something here; each transport copies them before it returns to the event loop. */
export interface RequestHeaders {
  authorization: string | undefined
  contentType: string | undefined
  idempotencyKey: string | undefined
  origin: string | undefined
  ifNoneMatch: string | undefined
}

/** A request, whichever engine it came from. */
export interface HttpRequest {
  /** Upper case. */
  method: string
  /** As sent: percent-encoded, without the query. */
  path: string
  /** As sent, without the question mark. */
  query: string
  headers: RequestHeaders
  /** Whether a body comes along, by what the headers announce. */
  hasBody: boolean
  /**
   * The whole body. Has to be called in the turn in which the request arrived. Rejects with PAYLOAD_TOO_LARGE as soon
   * as more than `limit` bytes were announced or came, and with VALIDATION when the client disconnects.
   */
  readBody(limit: number): Promise<Buffer>
}

export interface HttpResponse {
  status: number
  headers: Record<string, string>
  body: string | Buffer
}

/** An answer in JSON. */
export function json(status: number, value: unknown): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

const rowTexts = new WeakMap<readonly Row[], string>()

/** A page in JSON. Rows that are the same object again are not made text again. */
export function pageJson(page: Page): HttpResponse {
  let text = rowTexts.get(page.rows)
  if (text === undefined) rowTexts.set(page.rows, (text = JSON.stringify(page.rows)))
  const head = JSON.stringify({ ...page, rows: undefined })
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `${head.slice(0, -1)},"rows":${text}}` }
}

export function noContent(): HttpResponse {
  return { status: 204, headers: {}, body: '' }
}
