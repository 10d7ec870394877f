import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { Server, type DefaultEventsMap, type ServerOptions, type Socket } from 'socket.io'
import type { Actions } from '../actions/actions.ts'
import type { Caller } from '../actions/request.ts'
import type { Changed } from '../actions/ports/changes.ts'
import { frameCloseLimit, type ServerEvents } from '../contract/events.ts'
import type { Session } from '../contract/roles.ts'
import { toAckError, toAppError } from '../errors.ts'
import type { Broadcast, Live, LiveClient } from '../live/live.ts'
import type { Log } from '../log.ts'
import { framesRefused, handshakesRefused, socketsConnected } from '../metrics.ts'
import { createDispatcher, type SocketState } from './dispatch.ts'
import { endExpired } from './end-expired.ts'
import { guardFrames } from './frames.ts'
import { tokenOf } from './handshake.ts'
import { reconnectInMs } from './reconnect-times.ts'

/** From the moment that a client was told until it has left: the chance that it adds, up to 0.5 s, and its handshake. */
const moveMs = 1000

/** Between nodes: what one of them changed. */
interface NodeEvents {
  changed: (what: Changed) => void
}
export type Io = Server<DefaultEventsMap, ServerEvents, NodeEvents, SocketState>
/** Carries what is sent to rooms to the other nodes. */
export type Adapter = ServerOptions['adapter']

export interface SocketEdge {
  io: Io
  /** To be called when the engine is attached, before it listens. */
  guard: () => void
  broadcast: Broadcast
  /** Clients of this node in a room. */
  members(room: string): number
  /**
   * Refuses new handshakes and tells the clients when to connect to another node. Resolves when they have, or could have,
   * at the latest after `withinMs`.
   */
  drain(withinMs: number): Promise<void>
  /** Events that wait for their answer. */
  pending: () => number
}

// With the sweep itself, a connection outlives its token by less than a second.
const expiryPollMs = 500

/** The Socket.IO server, to be attached to an engine. */
export function createSocketEdge(options: {
  actions: Actions
  live: Live
  adapter: Adapter
  /** Rejects with UNAUTHENTICATED; `undefined` is a spectator, if those are allowed. */
  authenticate: (token: string | undefined) => Promise<Session>
  limitSubmits: (caller: Caller, count: number) => Promise<void>
  allowedOrigins: string[] | '*'
  log: Log
}): SocketEdge {
  const { allowedOrigins, authenticate, live, log } = options
  const dispatcher = createDispatcher(options)
  let draining = false

  const io: Io = new Server({
    adapter: options.adapter,
    transports: ['websocket'],
    allowUpgrades: false,
    serveClient: false,
    connectTimeout: 10_000,
    maxHttpBufferSize: frameCloseLimit,
    // Has to answer in the same turn: on uWebSockets.js a client that leaves in between would end the process.
    // An older protocol is refused here, too: on `ws` engine.io would do it in a connection that is a WebSocket by then.
    allowRequest: (request, decide) =>
      isCurrent(request)
        ? decide(null, !draining && isAllowed(request, allowedOrigins))
        : decide('Unsupported protocol version', false),
  })

  async function admit(socket: AnySocket, proceed: (error?: Error) => void): Promise<void> {
    try {
      const session = await authenticate(tokenOf(socket.handshake))
      socket.data = { session, client: toClient(socket), inFlight: 0 }
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
    // Its handshake was under way when the others were told.
    if (draining) socket.emit('server:draining', { reconnectInMs: reconnectInMs(0, 1) })
    socket.once('disconnect', () => {
      socketsConnected.dec()
      live.forget(socket.data.client)
    })
    socket.on('error', () => framesRefused.inc({ reason: 'malformed' }))
    socket.onAny((event: unknown, ...args: unknown[]) => dispatcher.dispatch(socket.data, event, args))
  })

  const { adapter, sockets } = io.of('/')
  const expiring = setInterval(() => {
    endExpired(sockets, Date.now()).catch((error: unknown) => log.error({ err: error }, 'connections were not ended'))
  }, expiryPollMs).unref()
  adapter.on('delete-room', (room: string) => live.emptied(room))

  return {
    io,
    broadcast: {
      // Exactly one room: only then does uWebSockets.js publish natively.
      toRoom: (room, event, payload) => void io.to(room).emit(event, ...([payload] as never)),
      toLocal: (room, event, payload) => void io.local.to(room).emit(event, ...([payload] as never)),
    },
    members: (room) => adapter.rooms.get(room)?.size ?? 0,
    guard: () => void io.engine.on('connection', guardFrames),
    async drain(withinMs) {
      draining = true
      const { sockets } = io.of('/')
      const [told, count, beganAt] = [[...sockets.values()], sockets.size, performance.now()]
      for (const [at, socket] of told.entries()) {
        socket.emit('server:draining', { reconnectInMs: reconnectInMs(at, count) })
        // Telling 100,000 takes a second or more of CPU, and requests are still answered.
        if (at % 500 === 499) await delay(0)
      }
      const movedMs = count === 0 ? 0 : reconnectInMs(count - 1, count) + moveMs
      while (sockets.size > 0 && performance.now() - beganAt < Math.min(movedMs, withinMs)) await delay(20)
      clearInterval(expiring)
    },
    pending: dispatcher.pending,
  }
}

type AnySocket = Socket<DefaultEventsMap, ServerEvents, NodeEvents, SocketState>

function toClient(socket: AnySocket): LiveClient {
  return {
    connected: () => socket.connected,
    rooms: () => socket.rooms,
    enter: (room) => void socket.join(room),
    leave: (room) => {
      // A client's own room, which bears its id, is not for leaving.
      if (room !== socket.id) void socket.leave(room)
    },
    send: (event, payload) => void socket.emit(event, ...([payload] as never)),
  }
}

function isCurrent(request: IncomingMessage & { _query?: Record<string, string> }): boolean {
  return request._query?.['EIO'] === '4'
}

// Browsers name the page's origin, other clients usually none. A page of this very server is always allowed.
function isAllowed({ headers }: IncomingMessage, allowed: string[] | '*'): boolean {
  const { origin, host } = headers
  if (allowed === '*' || origin === undefined || allowed.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
