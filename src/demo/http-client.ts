import { backOff } from '../timing/back-off.ts'
import * as http from 'node:http'
import * as https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

const maxAttempts = 12
const maxDelayMs = 5000
const requestTimeoutMs = 30_000
// Sooner than servers close an idle connection, so that no request is sent into one.
const idleMs = 4000

// Not fetch: with many small requests it takes about four times the CPU, which the server beside it could use.
const clients = {
  'http:': { request: http.request, agent: new http.Agent({ keepAlive: true, timeout: idleMs }) },
  'https:': { request: https.request, agent: new https.Agent({ keepAlive: true, timeout: idleMs }) },
}

/** What the server, or the network before it, answered instead of the result. */
export class RequestError extends Error {
  /** Code of the wire contract, or `NETWORK` when no answer came. */
  readonly code: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(
    code: string,
    detail: string,
    extra: { retryable: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(`${code}: ${detail}`, { cause: extra.cause })
    this.name = 'RequestError'
    this.code = code
    this.retryable = extra.retryable
    this.retryAfterMs = extra.retryAfterMs
  }
}

/**
 * Runs `task` until it succeeds, fails with something not retryable, or has failed 12 times (about half a minute);
 * waits longer after each failure, at least as long as the server asks. `task` must be safe to repeat.
 */
export async function withRetries<T>(task: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task()
    } catch (error) {
      if (!(error instanceof RequestError) || !error.retryable || attempt === maxAttempts) throw error
      const delay = backOff(attempt, { baseMs: 200, maxMs: maxDelayMs })
      await sleep(Math.max(delay, Math.min(error.retryAfterMs ?? 0, 2 * maxDelayMs)))
    }
  }
}

/** One JSON request; throws `RequestError`. Without `token` the request is anonymous. */
export async function request<T>(
  url: string,
  options: { method?: 'GET' | 'POST' | 'PUT' | 'PATCH'; token?: string; body?: unknown } = {},
): Promise<T> {
  const response = await answer(url, options)
  if (response.ok && response.body !== undefined) return response.body as T
  const problem = (response.body ?? {}) as { code?: string; detail?: string; retryable?: boolean }
  throw new RequestError(problem.code ?? `HTTP ${response.status}`, problem.detail ?? `no JSON answer from ${url}`, {
    retryable: problem.retryable ?? (response.status === 429 || response.status === 503),
    retryAfterMs: response.retryAfterMs,
  })
}

interface RequestOptions {
  method?: string
  token?: string
  body?: unknown
}

async function answer(url: string, options: RequestOptions) {
  try {
    const { status, headers, text } = await exchange(new URL(url), options)
    const retryAfterMs = Number(headers['retry-after'] ?? 0) * 1000 || undefined
    return { ok: status >= 200 && status < 300, status, retryAfterMs, body: parseJson(text) }
  } catch (error) {
    throw new RequestError('NETWORK', `${url}: ${describe(error)}`, { retryable: true, cause: error })
  }
}

function exchange(url: URL, { method = 'GET', token, body }: RequestOptions) {
  const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const { request: open, agent } = clients[url.protocol === 'https:' ? 'https:' : 'http:']
  return new Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(sent !== undefined && { 'content-type': 'application/json', 'content-length': sent.length }),
    }
    const outgoing = open(url, { method, headers, agent, timeout: requestTimeoutMs }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      response.on('error', reject)
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${requestTimeoutMs / 1000} s`)))
    outgoing.on('error', reject)
    outgoing.end(sent)
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// A refused connection to a name with several addresses is an AggregateError with an empty message.
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || ('code' in error ? String(error.code) : error.name)
}
