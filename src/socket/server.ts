import type { IncomingMessage } from 'node:http'
import { Server, type DefaultEventsMap } from 'socket.io'
import type { Actions, Caller } from '../actions/actions.ts'
import { frameCloseLimit, type ServerEvents } from '../contract/events.ts'
import type { Session } from '../contract/roles.ts'
import { AppError, toAckError, toAppError } from '../errors.ts'
import type { Log } from '../log.ts'
import { framesRefused, handshakesRefused, socketsConnected } from '../metrics.ts'
import { createDispatcher, type SocketState } from './dispatch.ts'
import { guardFrames } from './frames.ts'

export type Io = Server<DefaultEventsMap, ServerEvents, DefaultEventsMap, SocketState>

export interface SocketEdge {
  io: Io
  /** To be called when the engine is attached, before it listens. */
  guard: () => void
  /** Refuses new handshakes. */
  drain(): void
  /** Events that wait for their answer. */
  pending: () => number
}

/** The Socket.IO server, to be attached to an engine. */
export function createSocketEdge(options: {
  actions: Actions
  /** Rejects with UNAUTHENTICATED; `undefined` is a spectator, if those are allowed. */
  authenticate: (token: string | undefined) => Promise<Session>
  limitSubmits: (caller: Caller, count: number) => Promise<void>
  allowedOrigins: string[] | '*'
  log: Log
}): SocketEdge {
  const { allowedOrigins, authenticate, log } = options
  const dispatcher = createDispatcher(options)
  let draining = false

  const io: Io = new Server({
    transports: ['websocket'],
    allowUpgrades: false,
    serveClient: false,
    connectTimeout: 10_000,
    maxHttpBufferSize: frameCloseLimit,
    // Has to answer in the same turn: on uWebSockets.js a client that leaves in between would end the process.
    allowRequest: (request, decide) => decide(null, !draining && isAllowed(request, allowedOrigins)),
  })

  async function admit(socket: Handshake, proceed: (error?: Error) => void): Promise<void> {
    try {
      const session = await authenticate(tokenOf(socket.handshake.auth))
      socket.data = { session, inFlight: 0 }
    } catch (error) {
      const appError = toAppError(error)
      if (appError.code === 'INTERNAL') log.error({ err: appError.cause ?? appError }, 'handshake failed')
      handshakesRefused.inc({ code: appError.code })
      return proceed(Object.assign(new Error(appError.message), { data: toAckError(appError) }))
    }
    proceed()
  }
  io.use((socket, next) => void admit(socket, next))

  io.on('connection', (socket) => {
    socketsConnected.inc()
    socket.once('disconnect', () => socketsConnected.dec())
    socket.on('error', () => framesRefused.inc({ reason: 'malformed' }))
    socket.onAny((event: unknown, ...args: unknown[]) => dispatcher.dispatch(socket.data, event, args))
  })

  return {
    io,
    guard: () => void io.engine.on('connection', guardFrames),
    drain: () => (draining = true),
    pending: dispatcher.pending,
  }
}

interface Handshake {
  handshake: { auth: unknown }
  data: SocketState
}

function tokenOf(auth: unknown): string | undefined {
  const token = (auth as { token?: unknown } | undefined)?.token
  if (token === undefined || token === null) return undefined
  if (typeof token === 'string') return token
  throw new AppError('UNAUTHENTICATED', 'the token must be a string')
}

// Browsers name the page's origin, other clients usually none. A page of this very server is always allowed.
function isAllowed({ headers }: IncomingMessage, allowed: string[] | '*'): boolean {
  const { origin, host } = headers
  if (allowed === '*' || origin === undefined || allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
