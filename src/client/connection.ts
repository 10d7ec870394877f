import { backoff } from './backoff.ts'
import { RankpulseError, closedError, disconnectedError, toRankpulseError } from './error.ts'
import { openLink, type Link } from './link.ts'
import { claimsOf, readToken, renewIn, type Claims, type TokenSource } from './token.ts'

/** `closed`: by `close()`, or because the server refuses this client for good. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed'

export interface ConnectionOptions {
  token?: TokenSource
  /** The least pause before a reconnect, 500 ms by default; it doubles up to `reconnectMaxMs`, by default 10 s. */
  reconnectMinMs?: number
  reconnectMaxMs?: number
  connectTimeoutMs?: number
}

/** One who is told what happens on the connection. */
export interface Subscriber {
  /** A new connection, which knows nothing of what was asked on the one before. */
  connected?(): void
  lost?(): void
  message?(event: string, payload: unknown): void
  changed?(state: ConnectionState, error: RankpulseError | null): void
}

export interface Connection {
  state(): ConnectionState
  /** Why it is `closed` or being made again. */
  error(): RankpulseError | null
  subscribe(subscriber: Subscriber): () => void
  /** Sends once on the present connection; rejects with a `RankpulseError`. */
  send<Data>(event: string, payload: object, timeoutMs: number): Promise<Data>
  /** The player id of the token. */
  subject(): string | null
  /** After UNAUTHENTICATED on an open connection. True: a connection with a new token is on its way, try again. */
  renewToken(): boolean
  /** Aborted when the state becomes `closed`. */
  closing: AbortSignal
  close(): void
}

/** A connection that held this long was a good one: the next failure starts with the least pause. */
const steadyMs = 5000
/** A function that gives bad tokens gets this many chances. */
const maxRefusals = 3
const maxTimerMs = 2 ** 31 - 1

/**
 * A connection that makes itself again, after the server's disconnects and refusals too, where socket.io would stay
 * away. Before the token expires or the server stops it opens the next connection first and then drops this one.
 */
export function createConnection(url: string, options: ConnectionOptions): Connection {
  const { token, reconnectMinMs: minMs = 500, reconnectMaxMs: maxMs = 10_000, connectTimeoutMs = 10_000 } = options
  const subscribers = new Set<Subscriber>()
  const closing = new AbortController()
  let state: ConnectionState = 'connecting'
  let reason: RankpulseError | null = null
  let current: Link | null = null
  let claims: Claims = { sub: null, expiresAt: null }
  let opening = false
  /** The server said when to come back; `openTimer` waits for it. */
  let draining = false
  let openTimer: ReturnType<typeof setTimeout> | undefined
  let renewTimer: ReturnType<typeof setTimeout> | undefined
  let attempts = 0
  let refusals = 0

  const each = (tell: (subscriber: Subscriber) => void) => [...subscribers].forEach(tell)

  function become(next: ConnectionState, error: RankpulseError | null): void {
    if (next === state && error === reason) return
    state = next
    reason = error
    each((one) => one.changed?.(next, error))
  }

  function openIn(ms: number): void {
    clearTimeout(openTimer)
    openTimer = setTimeout(() => void open(), ms)
  }

  async function open(): Promise<void> {
    // Callers that waited for this moment wait no more, also when a connection is on its way already.
    draining = false
    if (opening || state === 'closed') return
    opening = true
    clearTimeout(openTimer)
    try {
      const value = await readToken(token)
      const link = await openLink(url, value, connectTimeoutMs, closing.signal)
      opening = false
      attach(link, claimsOf(value))
    } catch (error) {
      opening = false
      failed(toRankpulseError(error))
    }
  }

  function attach(link: Link, its: Claims): void {
    if (closing.signal.aborted) return link.drop()
    current?.retire()
    current = link
    claims = its
    refusals = 0
    planRenewal()
    become('connected', null)
    each((one) => one.connected?.())
    link.listen({ message: receive, lost: () => detach(link) })
  }

  function detach(link: Link): void {
    if (link !== current) return
    current = null
    clearTimeout(renewTimer)
    if (performance.now() - link.openedAt >= steadyMs) attempts = 0
    each((one) => one.lost?.())
    failed(disconnectedError('the connection was lost'))
  }

  function failed(error: RankpulseError): void {
    if (state === 'closed') return
    if (current === null) {
      if (!error.retryable && (typeof token !== 'function' || ++refusals >= maxRefusals)) return shut(error)
      become(state === 'connecting' ? 'connecting' : 'reconnecting', error)
    }
    if (!opening && !draining) openIn(Math.max(backoff(attempts++, { minMs, maxMs }), error.retryAfterMs ?? 0))
  }

  function receive(event: string, payload: unknown): void {
    if (event !== 'server:draining') return each((one) => one.message?.(event, payload))
    const { reconnectInMs } = payload as { reconnectInMs: number }
    draining = true
    openIn(reconnectInMs + Math.random() * minMs)
  }

  function planRenewal(): void {
    clearTimeout(renewTimer)
    const left = (claims.expiresAt ?? 0) - Date.now()
    // The server took the token: if it looks expired, the clock here is wrong, and `renewToken` will have to do.
    if (typeof token !== 'function' || left <= 0) return
    renewTimer = setTimeout(() => void open(), Math.min(renewIn(left), maxTimerMs))
  }

  function shut(error: RankpulseError): void {
    clearTimeout(openTimer)
    clearTimeout(renewTimer)
    current?.drop()
    current = null
    closing.abort()
    become('closed', error)
  }

  void open()

  return {
    state: () => state,
    error: () => reason,
    subscribe(subscriber) {
      subscribers.add(subscriber)
      return () => void subscribers.delete(subscriber)
    },
    async send(event, payload, timeoutMs) {
      if (state === 'closed') throw reason ?? closedError()
      if (current === null) throw disconnectedError('there is no connection')
      return current.send(event, payload, timeoutMs)
    },
    subject: () => claims.sub,
    renewToken() {
      if (typeof token !== 'function' || current === null || performance.now() - current.openedAt < steadyMs)
        return false
      void open()
      return true
    },
    closing: closing.signal,
    close() {
      if (state !== 'closed') shut(closedError())
    },
  }
}
