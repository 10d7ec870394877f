import { io } from 'socket.io-client'
import type { AckError } from '../contract/errors.ts'
import { RankpulseError, disconnectedError, timeoutError, toRankpulseError } from './error.ts'

/** One connection, from its handshake to its end. */
export interface Link {
  /** In the time of `performance.now()`. */
  openedAt: number
  isOpen(): boolean
  /** Rejects with a `RankpulseError`. */
  send<Data>(event: string, payload: object, timeoutMs: number): Promise<Data>
  /** Tells of messages, and of the end unless it was asked for by `retire` or `drop`. */
  listen(listener: { message(event: string, payload: unknown): void; lost(): void }): void
  /** Drops it when what is in flight was answered, at the latest after some seconds. */
  retire(): void
  drop(): void
}

const retireMs = 5000
/** No ack for this long, and nothing else either: the server is gone. Pings would find that out later. */
const deadMs = 5000

/**
 * Connects once; rejects with the server's refusal or DISCONNECTED, and when `signal` is aborted: without that it may take
 * without an end, since socket.io has a timeout for the transport only, not for the answer to the handshake.
 */
export function openLink(url: string, token: string | undefined, signal: AbortSignal): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = io(url, {
      transports: ['websocket'],
      forceNew: true,
      // Every way to fail is treated by the caller, with one back-off.
      reconnection: false,
      auth: token === undefined ? {} : { token },
    })
    const settle = (error: RankpulseError | null) => {
      signal.removeEventListener('abort', abandon)
      socket.off('connect_error')
      if (error === null) return resolve(linkOf(socket))
      socket.disconnect()
      reject(error)
    }
    const abandon = () => settle(disconnectedError('given up'))
    signal.addEventListener('abort', abandon)
    socket.once('connect', () => settle(null))
    socket.once('connect_error', (error: Error & { data?: AckError }) =>
      settle(error.data === undefined ? toRankpulseError(error) : new RankpulseError(error.data)),
    )
  })
}

function linkOf(socket: ReturnType<typeof io>): Link {
  let inFlight = 0
  let retired = false
  let heardAt = performance.now()
  socket.io.engine.on('packet', () => (heardAt = performance.now()))

  function drop(): void {
    retired = true
    socket.offAny()
    socket.disconnect()
  }

  return {
    openedAt: performance.now(),
    isOpen: () => socket.connected,
    async send<Data>(event: string, payload: object, timeoutMs: number) {
      inFlight++
      const sentAt = performance.now()
      try {
        const answer: { data: Data } | { error: AckError } = await socket.timeout(timeoutMs).emitWithAck(event, payload)
        if ('error' in answer) throw new RankpulseError(answer.error)
        return answer.data
      } catch (error) {
        if (error instanceof RankpulseError) throw error
        if (!socket.connected) throw toRankpulseError(error)
        if (timeoutMs >= deadMs && heardAt < sentAt) socket.disconnect()
        throw timeoutError(event, timeoutMs)
      } finally {
        inFlight--
        if (retired && inFlight === 0) drop()
      }
    },
    listen({ message, lost }) {
      socket.onAny(message)
      socket.once('disconnect', () => {
        if (!retired) lost()
      })
      // It may have ended before anybody listened.
      if (!socket.connected) lost()
    },
    retire() {
      retired = true
      socket.offAny()
      if (inFlight === 0) drop()
      else setTimeout(drop, retireMs)
    },
    drop,
  }
}
