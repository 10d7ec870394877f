import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createCommitScanner } from './commit-scanner.ts'
import { createPipe } from './fault-pipe.ts'
import type { Random } from './random.ts'

/** `up`: from the client to the server. */
export type Direction = 'up' | 'down'

export interface FaultConnection {
  delay(direction: Direction, ms: number): void
  hold(direction: Direction, on: boolean): void
  /** Both ends stay open and nothing gets through ever again, as when a firewall has forgotten the connection. */
  forget(): void
  halfClose(direction: Direction): void
  /** RST to both ends. */
  reset(): void
  /** Swallows the answer to what is sent next and everything after it, then resets `resetMs` after the answer came. */
  dropReply(resetMs: number): void
}

/**
 * Which replies are lost after the request was executed. A stream cannot lose bytes in the middle without lying, so the
 * connection is lost with them.
 */
export type DroppedReplies =
  /** To a chunk of requests, with this probability (0-1). */
  | { of: 'redis'; probability: number; random: Random }
  /** To every n-th COMMIT. */
  | { of: 'postgres'; every: number; random: Random }

export interface FaultProxy {
  port: number
  connections: ReadonlySet<FaultConnection>
  /** Replies lost so far. */
  dropped(): number
  /** New connections too, until 0 is set again. */
  delay(direction: Direction, ms: number): void
  /**
   * Nothing gets through, connections stay open, and new ones are like that too. `hold`: what is sent meanwhile arrives at
   * `heal`, as after a cut of the network. `forget`: these connections stay dead, as when a firewall has forgotten them.
   */
  blackhole(how: 'hold' | 'forget'): void
  /** From the next request with this text on, its connection holds what is sent, until `heal`; the others go on. */
  holdRequest(text: string): void
  /** Ends a blackhole: new connections get through. */
  heal(): void
  resetAll(): void
  dropReplies(which: DroppedReplies | null): void
  close(): Promise<void>
}

// A lost reply's connection is reset this long after, in ms: sometimes before the client gives up, sometimes after.
const latestResetMs = 1500

/** Stands between clients and a server on 127.0.0.1, on a free port. `protocol`: whose requests it has to understand. */
export async function startFaultProxy(target: number, protocol: 'redis' | 'postgres' | 'other'): Promise<FaultProxy> {
  const connections = new Set<FaultConnection>()
  const sockets = new Set<Socket>()
  const delays = { up: 0, down: 0 }
  let black: 'hold' | 'forget' | null = null
  let waitingFor: string | null = null
  let dropping: DroppedReplies | null = null
  let [dropped, commits] = [0, 0]

  const isChosen = (commitsInChunk: number): boolean => {
    if (dropping?.of === 'redis') return dropping.random() < dropping.probability
    const before = commits
    commits += commitsInChunk
    return dropping !== null && Math.floor(commits / dropping.every) > Math.floor(before / dropping.every)
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
    const both = [client, upstream]
    let [connected, replyDropped, forgotten] = [false, false, false]
    const connection: FaultConnection = {
      delay: (direction, ms) => pipes[direction].delay(ms),
      hold: (direction, on) => pipes[direction].hold(on),
      forget() {
        forgotten = true
        pipes.up.swallow()
        pipes.down.swallow()
      },
      halfClose: (direction) => pipes[direction].halfClose(),
      reset: () => both.forEach((socket) => socket.resetAndDestroy()),
      dropReply(resetMs) {
        if (replyDropped) return
        replyDropped = true
        let timer: NodeJS.Timeout | undefined
        pipes.down.swallow((chunk) => {
          if (timer || (protocol === 'postgres' && !chunk.includes('COMMIT\0'))) return
          dropped += 1
          timer = setTimeout(connection.reset, resetMs).unref()
        })
      },
    }
    // It reads every chunk, so that it knows what was prepared before the fault.
    const scan = protocol === 'postgres' ? createCommitScanner() : () => 0
    const pipes = {
      up: createPipe(client, upstream, (chunk) => {
        if (waitingFor !== null && chunk.includes(waitingFor)) {
          waitingFor = null
          pipes.up.hold(true)
        }
        if (isChosen(scan(chunk))) connection.dropReply(dropping!.random() * latestResetMs)
      }),
      down: createPipe(upstream, client, () => {}),
    }
    upstream.once('connect', () => (connected = true))
    upstream.on('error', () => connected || client.resetAndDestroy())
    client.on('error', () => {})
    client.once('close', () => forgotten && upstream.destroy())
    for (const socket of both) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        // What a client that left has sent may be held yet.
        if (both.every((one) => one.closed)) connections.delete(connection)
      })
    }
    connections.add(connection)
    for (const direction of ['up', 'down'] as const) {
      connection.delay(direction, delays[direction])
      if (black === 'hold') connection.hold(direction, true)
    }
    if (black === 'forget') connection.forget()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as { port: number }).port,
    connections,
    dropped: () => dropped,
    delay(direction, ms) {
      delays[direction] = ms
      connections.forEach((one) => one.delay(direction, ms))
    },
    blackhole(how) {
      black = how
      for (const one of connections) {
        if (how === 'forget') one.forget()
        else for (const direction of ['up', 'down'] as const) one.hold(direction, true)
      }
    },
    holdRequest: (text) => void (waitingFor = text),
    heal() {
      black = null
      waitingFor = null
      for (const one of connections) for (const direction of ['up', 'down'] as const) one.hold(direction, false)
    },
    resetAll: () => [...connections].forEach((one) => one.reset()),
    dropReplies: (which) => void (dropping = which),
    async close() {
      const closed = new Promise((resolve) => void server.close(resolve))
      sockets.forEach((socket) => socket.destroy())
      await closed
    },
  }
}
