import { closedError, disconnectedError, toRankpulseError, type RankpulseError } from './error.ts'
import {
  attemptOf,
  keep,
  mayRenew,
  notConnected,
  type ConnectionState,
  type Kept,
  type KeepInput,
} from './keep-connected.ts'
import { openLink, type Link } from './link.ts'
import { tell } from './tell.ts'
import { claimsOf, readToken, type Claims, type TokenSource } from './token.ts'

export type { ConnectionState } from './keep-connected.ts'

export interface ConnectionOptions {
  token?: TokenSource
  /** By default 500 ms: the first pause before a reconnect is up to twice that, later ones double up to `reconnectMaxMs`. */
  reconnectMinMs?: number
  reconnectMaxMs?: number
  /** For the token function and for the handshake; 10 s by default. */
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

const maxTimerMs = 2 ** 31 - 1

/**
 * A connection that makes itself again, after the server's disconnects and refusals too, where socket.io would stay
 * away. Before the token expires or the server stops it opens the next connection first and then drops this one.
 */
export function createConnection(url: string, options: ConnectionOptions): Connection {
  const { token, reconnectMinMs: minMs = 500, reconnectMaxMs: maxMs = 10_000, connectTimeoutMs = 10_000 } = options
  const subscribers = new Set<Subscriber>()
  const closing = new AbortController()
  const links = new Map<number, Link>()
  let kept = notConnected({ minMs, maxMs, timeoutMs: connectTimeoutMs, renews: typeof token === 'function' })
  let claims: Claims = { sub: null, expiresAt: null }
  let abandon = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Changes to be carried out, one after the other: a listener may cause the next. */
  const changes: [before: Kept, after: Kept][] = []

  const each = (inform: (one: Subscriber) => void) => [...subscribers].forEach((one) => tell(inform, one))
  const current = () => (kept.link === null ? undefined : links.get(kept.link.number))

  function take(input: KeepInput): void {
    const before = kept
    kept = keep(before, input, performance.now(), Math.random())
    clearTimeout(timer)
    const wait = kept.next.until - performance.now()
    // A timer may fire a moment before its time: then it is set again.
    if (wait < Infinity) timer = setTimeout(() => take({ type: 'time' }), Math.min(Math.max(wait, 0), maxTimerMs))
    if (kept === before || changes.push([before, kept]) > 1) return
    for (; changes.length > 0; changes.shift()) carryOut(...changes[0]!)
  }

  function carryOut(before: Kept, after: Kept): void {
    const attempt = attemptOf(after)
    if (attempt !== attemptOf(before)) {
      abandon.abort()
      if (attempt !== null) void open(attempt)
    }
    const isOther = after.link?.number !== before.link?.number
    if (isOther && before.link !== null) {
      const link = links.get(before.link.number)
      links.delete(before.link.number)
      if (after.link !== null) link?.retire()
      else link?.drop()
    }
    if (after.state === 'closed') closing.abort()
    else if (after.link === null && before.link !== null) each((one) => one.lost?.())
    if (after.state !== before.state || after.error !== before.error)
      each((one) => one.changed?.(after.state, after.error))
    // A listener that was called just now may have closed it.
    if (!isOther || after.link === null || kept.link !== after.link) return
    each((one) => one.connected?.())
    listen(after.link.number)
  }

  async function open(attempt: number): Promise<void> {
    const { signal } = (abandon = new AbortController())
    try {
      const value = await readToken(token)
      if (signal.aborted) return
      take({ type: 'token', attempt })
      const link = await openLink(url, value, signal)
      if (signal.aborted) return link.drop()
      links.set(attempt, link)
      claims = claimsOf(value)
      take({ type: 'opened', attempt, lifeMs: claims.expiresAt === null ? null : claims.expiresAt - Date.now() })
    } catch (error) {
      take({ type: 'failed', attempt, error: toRankpulseError(error) })
    }
  }

  function listen(number: number): void {
    links.get(number)?.listen({
      message(event, payload) {
        if (event !== 'server:draining') return each((one) => one.message?.(event, payload))
        const { reconnectInMs } = payload as { reconnectInMs: number }
        take({ type: 'draining', link: number, reconnectInMs })
      },
      lost: () => take({ type: 'lost', link: number }),
    })
  }

  take({ type: 'time' })

  return {
    state: () => kept.state,
    error: () => kept.error,
    subscribe(subscriber) {
      subscribers.add(subscriber)
      return () => void subscribers.delete(subscriber)
    },
    async send(event, payload, timeoutMs) {
      if (kept.state === 'closed') throw kept.error ?? closedError()
      const link = current()
      if (link === undefined) throw disconnectedError('there is no connection')
      return link.send(event, payload, timeoutMs)
    },
    subject: () => claims.sub,
    renewToken() {
      const may = mayRenew(kept, performance.now())
      if (may) take({ type: 'renew' })
      return may
    },
    closing: closing.signal,
    close: () => take({ type: 'close' }),
  }
}
