import type { HttpRequest, HttpResponse } from './message.ts'

/** Browser origins that may read answers; '*' for any. */
export type AllowedOrigins = string[] | '*'

/** Lets a page of an allowed origin read the response. A cache may keep it: it says which pages it is for. */
export function allowOrigin(origin: string | undefined, allowed: AllowedOrigins, response: HttpResponse): void {
  if (allowed !== '*') response.headers.vary = 'Origin'
  const reader = allowed === '*' ? '*' : allowed.find((one) => one === origin)
  if (reader === undefined) return
  response.headers['access-control-allow-origin'] = reader
  response.headers['access-control-expose-headers'] = 'Retry-After'
}

/** The answer to an OPTIONS request: what a browser may send to this path. */
export function preflight(request: HttpRequest, methods: string[], allowed: AllowedOrigins): HttpResponse {
  const allow = [...methods, 'OPTIONS'].join(', ')
  const response: HttpResponse = { status: 204, headers: { allow }, body: '' }
  allowOrigin(request.headers.origin, allowed, response)
  if (response.headers['access-control-allow-origin'] === undefined) return response
  response.headers['access-control-allow-methods'] = allow
  response.headers['access-control-allow-headers'] = 'Authorization, Content-Type, Idempotency-Key'
  response.headers['access-control-max-age'] = '86400'
  return response
}
