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
  /**
   * The whole body. Has to be called in the turn in which the request arrived. Rejects with PAYLOAD_TOO_LARGE as soon
   * as more than `limit` bytes were announced or came, and with VALIDATION when the client goes away.
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

export function noContent(): HttpResponse {
  return { status: 204, headers: {}, body: '' }
}
