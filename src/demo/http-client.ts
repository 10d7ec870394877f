import { setTimeout as sleep } from 'node:timers/promises'

const maxAttempts = 12
const maxDelayMs = 5000
const requestTimeoutMs = 30_000

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
      // Jitter, so that requests that failed together do not come back together.
      const delay = Math.min(maxDelayMs, 100 * 2 ** attempt) * (0.5 + Math.random() / 2)
      await sleep(Math.max(delay, Math.min(error.retryAfterMs ?? 0, 2 * maxDelayMs)))
    }
  }
}

/** One JSON request; throws `RequestError`. Without `token` the request is anonymous. */
export async function request<T>(
  url: string,
  options: { method?: 'GET' | 'POST' | 'PUT'; token?: string; body?: unknown } = {},
): Promise<T> {
  const response = await answer(url, options)
  if (response.ok && response.body !== undefined) return response.body as T
  const problem = (response.body ?? {}) as { code?: string; detail?: string; retryable?: boolean }
  throw new RequestError(problem.code ?? `HTTP ${response.status}`, problem.detail ?? `no JSON answer from ${url}`, {
    retryable: problem.retryable ?? (response.status === 429 || response.status === 503),
    retryAfterMs: response.retryAfterMs,
  })
}

async function answer(url: string, options: { method?: string; token?: string; body?: unknown }) {
  try {
    const response = await fetch(url, {
      method: options.method ?? 'GET',
      headers: {
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
        ...(options.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000 || undefined
    return { ok: response.ok, status: response.status, retryAfterMs, body: parseJson(await response.text()) }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new RequestError('NETWORK', `${url}: ${describe(cause)}`, { retryable: true, cause: error })
  }
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
