import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import type { AckError, ErrorCode } from '../../../src/contract/errors.ts'
import type { createModelRoom } from './model-room.ts'

type Room = ReturnType<typeof createModelRoom>
type Payload = { standings?: string; epoch?: number; seq?: number; room?: string; submissionId?: string }
type Answer = (payload: Payload, socket: Socket) => unknown

export interface ModelServer {
  url: string
  io: Server
  /** Every event so far. */
  calls: { event: string; payload: Record<string, unknown>; socket: string }[]
  /** The tokens of every handshake so far, admitted or not. */
  tokens: unknown[]
  /** Whom to refuse. */
  admit: (token: unknown) => AckError | null
  /** What to answer: data, `{ error }`, or nothing for `undefined`. */
  on(event: string, answer: Answer): void
  sockets(): Socket[]
  /** Ends every connection as a network does. */
  cut(): void
  payloads(event: string): Record<string, unknown>[]
  stop(): Promise<void>
}

/** A server that speaks the wire contract as far as a test teaches it to. */
export async function startModelServer(port = 0): Promise<ModelServer> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  const answers = new Map<string, Answer>()
  const server: ModelServer = {
    url: '',
    io,
    calls: [],
    tokens: [],
    admit: () => null,
    on: (event, answer) => void answers.set(event, answer),
    sockets: () => [...io.sockets.sockets.values()],
    cut: () => server.sockets().forEach((socket) => socket.conn.close()),
    payloads: (event) => server.calls.filter((call) => call.event === event).map(({ payload }) => payload),
    stop: () => io.close(),
  }
  io.use((socket, next) => {
    const token: unknown = socket.handshake.auth['token']
    server.tokens.push(token)
    const error = server.admit(token)
    if (error === null) next()
    else next(Object.assign(new Error(error.message), { data: error }))
  })
  io.on('connection', (socket) =>
    socket.onAny((event: string, payload: Payload & Record<string, unknown>, ack: (answer: unknown) => void) => {
      server.calls.push({ event, payload, socket: socket.id })
      const answer = answers.get(event)?.(payload, socket) as object | undefined
      if (answer !== undefined) ack('error' in answer ? answer : { data: answer })
    }),
  )
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return server
}

/** Lets clients join these rooms; a selector without a key joins the last room of its type. */
export function serveRooms(server: ModelServer, rooms: Room[]): void {
  server.on('standings:join', ({ standings = 'GLOBAL', epoch, seq }, socket) => {
    const room = rooms.findLast((one) => one.head().room.slice('arena/'.length).startsWith(standings))
    if (room === undefined) return refusal('NOT_FOUND')
    void socket.join(room.head().room)
    return room.join(epoch === undefined || seq === undefined ? null : { epoch, seq })
  })
  server.on('standings:leave', ({ room = '' }, socket) => {
    void socket.leave(room)
    return {}
  })
}

export function refusal(code: ErrorCode, more: Partial<AckError> = {}): { error: AckError } {
  const retryable = code === 'OVERLOADED' || code === 'UNAVAILABLE' || code === 'RATE_LIMITED'
  return { error: { code, message: `refused with ${code}`, retryable, ...more } }
}

/** A token as far as a client looks into it. */
export function unsignedToken(sub: string, lifeMs: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub, role: 'player', exp: (Date.now() + lifeMs) / 1000 })}.none`
}
