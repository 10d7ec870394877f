import { setTimeout as delay } from 'node:timers/promises'
import type { Server } from 'socket.io'
import type { Actions } from '../actions/actions.ts'
import type { Health } from '../actions/health.ts'
import type { Config } from '../config.ts'
import { createHttpService } from '../http/service.ts'
import type { Log } from '../log.ts'
import { collectProcessMetrics } from '../metrics.ts'
import type { Live } from '../live/live.ts'
import { serverUrl } from '../server-url.ts'
import { createSocketEdge, type Adapter, type SocketEdge } from '../socket/server.ts'
import { createAccess, type VerifyToken } from '../auth/access.ts'
import { loadUws, type Uws } from './load-uws.ts'
import { listenOnNode } from './node.ts'
import { listenOnUws } from './uws.ts'

/** HTTP and Socket.IO on one port. */
export interface Edge {
  host: string
  port: number
  url: string
  transport: 'uws' | 'node'
  socket: Pick<SocketEdge, 'io' | 'broadcast' | 'members'>
  /** Takes no new connections and sends the clients elsewhere; resolves when they are gone, at most after `withinMs`. */
  drain(withinMs: number): Promise<void>
  /** After `drain`: waits at most `withinMs` for requests in flight, then closes everything. */
  stop(withinMs: number): Promise<void>
}

/** Starts listening. Rejects when the port is not available, or when uWebSockets.js is asked for and does not load. */
export async function startEdge(options: {
  http: Config['http']
  actions: Actions
  live: Live
  /** Carries messages to rooms to the other nodes. */
  adapter: Adapter
  verifyToken: VerifyToken
  health: () => Promise<Health>
  log: Log
}): Promise<Edge> {
  const { http: config, actions, live, adapter, health, log } = options
  const { host, allowedOrigins, allowSpectators } = config
  const uws = chooseEngine(config.transport, log)
  const transport = uws === undefined ? 'node' : 'uws'
  const access = createAccess({ ...config, verifyToken: options.verifyToken })
  const socket = createSocketEdge({ actions, live, adapter, ...access, allowedOrigins, log })
  const http = createHttpService({ actions, ...access, health, allowedOrigins, allowSpectators, transport, log })
  collectProcessMetrics()

  const io = socket.io as unknown as Server
  const engineOptions = { host, port: config.port, http, io, attached: socket.guard }
  const engine = await (uws === undefined ? listenOnNode(engineOptions) : listenOnUws(uws, engineOptions))

  async function drain(withinMs: number): Promise<void> {
    engine.drain()
    await socket.drain(withinMs)
  }

  async function stop(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    while (http.pending() + socket.pending() > 0 && performance.now() < deadline) await delay(10)
    io.local.disconnectSockets(true)
    await engine.close()
  }

  return { host, port: engine.port, url: serverUrl(host, engine.port), transport, socket, drain, stop }
}

function chooseEngine(wanted: Config['http']['transport'], log: Log): Uws | undefined {
  if (wanted === 'node') return undefined
  const loaded = loadUws()
  if ('uws' in loaded) return loaded.uws
  if (wanted === 'uws')
    throw new Error(`TRANSPORT=uws is not available: ${loaded.reason}; TRANSPORT=auto uses node:http instead`)
  log.info({ reason: loaded.reason }, 'uWebSockets.js is not there, using node:http')
  return undefined
}
