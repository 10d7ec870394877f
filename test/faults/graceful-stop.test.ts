import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AckError } from '../../src/contract/errors.ts'
import type { Receipt } from '../../src/contract/submission.ts'
import { lockPlayers } from '../helpers/lock-players.ts'
import { createClient } from '../helpers/client.ts'
import { readPage, errorLines, expectInLedger } from '../helpers/oracle/truth.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// What the contract promises of a stop.
const stopLimitMs = 10_000

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

async function connectSocket(url: string): Promise<Socket> {
  const socket = io(url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { token: await stack.token('server', 'game') },
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return socket
}

type Ack = { data: Receipt; error?: never } | { data?: never; error: AckError }

test.each(['uws', 'node'] as const)(
  'SIGTERM under load on %s: what waits is committed and answered, clients are told, the exit is clean',
  async (transport) => {
    const server = await stack.addServer({ TRANSPORT: transport })
    const token = await stack.token('admin', 'tester')
    const client = createClient(server.url, token)
    const id = `stop-${transport}`
    await client.send('POST', '/v1/leaderboards', { id })
    const players = Array.from({ length: 40 }, (_, at) => `${transport}${at}`)
    await Promise.all(players.map((playerId) => client.submit(id, { playerId, score: 1 })))

    const sockets = await Promise.all(Array.from({ length: 5 }, () => connectSocket(server.url)))
    const heard = sockets.map((socket) => {
      const events: string[] = []
      socket.on('server:draining', ({ reconnectInMs }: { reconnectInMs: number }) =>
        events.push(`draining ${reconnectInMs > 0}`),
      )
      socket.on('disconnect', () => events.push('disconnect'))
      return events
    })
    // Connections that ask for nothing must not hold the stop: idle after a request, and silent from the start.
    const agent = new Agent({ keepAlive: true })
    await new Promise<void>((resolve, reject) => {
      const idle = request(`${server.url}/health/live`, { agent }, (response) => response.resume().once('end', resolve))
      idle.once('error', reject).end()
    })
    const silent = connect(Number(new URL(server.url).port), '127.0.0.1')
    silent.on('error', () => {})
    await once(silent, 'connect')

    // The players' rows are held, so everything that is sent waits in the server.
    const free = await holdPlayers(players)
    const overHttp = players.map((playerId, at) =>
      client.submit<Receipt>(id, { playerId, score: 100 + at, submissionId: `h${at}` }),
    )
    const overSockets = players.map((playerId, at) => {
      const payload = { leaderboard: id, playerId, score: 200 + at, submissionId: `s${at}` }
      return sockets[at % sockets.length]!.emitWithAck('score:submit', payload) as Promise<Ack>
    })
    await eventually(async () => {
      const waiting = await stack.sql`
        select 1 from pg_stat_activity where application_name like 'rankpulse-lane-%' and wait_event_type = 'Lock'`
      expect(waiting.length).toBeGreaterThan(0)
    })
    await sleep(1000) // the rest of them arrives
    const started = Date.now()
    const exit = server.stop()
    await eventually(() => expect(heard.map((events) => events[0])).toEqual(heard.map(() => 'draining true')))
    await free()

    const answers = await Promise.all(overHttp)
    const acks = await Promise.all(overSockets)
    expect(answers.map(({ status }) => status)).toEqual(players.map(() => 200))
    expect(acks.filter((ack) => ack.error)).toEqual([])
    expect(await exit).toBe(0)
    expect(Date.now() - started).toBeLessThan(stopLimitMs)
    await eventually(() => expect(heard).toEqual(heard.map(() => ['draining true', 'disconnect'])))
    await expectInLedger(stack, [...answers.map(({ body }) => body), ...acks.map((ack) => ack.data!)])
    expect(errorLines(server.logs)).toEqual([])
    await expect(fetch(server.url)).rejects.toThrow('fetch failed')
    agent.destroy()
    silent.destroy()
    for (const socket of sockets) socket.disconnect()
  },
)

test.each(['uws', 'node'] as const)(
  'SIGTERM in the middle of a stream of submissions on %s: no answer is lost',
  async (transport) => {
    const server = await stack.addServer({ TRANSPORT: transport })
    const client = createClient(server.url, await stack.token('admin', 'tester'))
    const id = `stream-${transport}`
    await client.send('POST', '/v1/leaderboards', { id, operator: 'sum' })
    const socket = await connectSocket(server.url)
    const stored: Receipt[] = []
    const refused: AckError[] = []
    let asked = 0
    const streams = Array.from({ length: 6 }, async (_, worker) => {
      for (let round = 0; socket.connected; round++) {
        asked++
        const payload = { leaderboard: id, playerId: `q${round % 5}`, score: 1, submissionId: `${worker}-${round}` }
        // Rejects when the socket closes first.
        const ack: Ack | null = await socket.emitWithAck('score:submit', payload).catch(() => null)
        if (ack?.data) stored.push(ack.data)
        else if (ack?.error) {
          refused.push(ack.error)
          await sleep(5)
        }
      }
    })
    await eventually(() => expect(stored.length).toBeGreaterThan(50))
    expect(await server.stop()).toBe(0)
    await Promise.all(streams)
    // Only what was sent as the socket closed may be without an answer: at most one a worker.
    expect(refused.filter((error) => error.code !== 'UNAVAILABLE' || !error.retryable)).toEqual([])
    expect(stored.length + refused.length).toBeGreaterThanOrEqual(asked - 6)
    await expectInLedger(stack, stored)
    const [row] = await stack.sql<{ n: number }[]>`
    select count(*)::int as n from submissions s join leaderboards l on l.no = s.leaderboard_no where l.id = ${id}`
    expect(row!.n).toBe(stored.length)
    expect(errorLines(server.logs)).toEqual([])
  },
)

test('the page is whole after all these stops', async () => {
  const page = await readPage(await stack.client(), 'stop-uws')
  expect(page.total).toBe(40)
  expect(page.rows[0]).toEqual({ rank: 1, playerId: 'uws39', score: 239 })
})

/** Locks the players' rows until the answered function is called. */
async function holdPlayers(players: string[]): Promise<() => Promise<void>> {
  let free: () => void = () => {}
  const held = new Promise<void>((resolve) => (free = resolve))
  let locked: () => void = () => {}
  const ready = new Promise<void>((resolve) => (locked = resolve))
  const done = stack.sql.begin(async (tx) => {
    await lockPlayers(tx, players)
    locked()
    await held
  })
  await ready
  return async () => {
    free()
    await done
  }
}
