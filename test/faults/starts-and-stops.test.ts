import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import { createClient, type Client } from '../helpers/client.ts'
import { databaseUrl } from '../helpers/database.ts'
import { freezePostgres } from '../helpers/freeze.ts'
import { expectReadsRight } from '../helpers/reads.ts'
import type { ServerProcess } from '../helpers/server.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { startTestRedis } from '../helpers/test-redis.ts'
import { errorLines, ledgerRows } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

// What the contract promises of a stop.
const stopLimitMs = 10_000

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ ownPostgres: true })
  const admin = await stack.client()
  await admin.send('POST', '/v1/leaderboards', { id: 'arena' })
  for (let n = 1; n <= 5; n++) await admin.submit('arena', { playerId: `p${n}`, score: n })
})
afterAll(() => stack.stop())

const clientOf = async (server: ServerProcess): Promise<Client> =>
  createClient(server.url, await stack.token('admin', 'tester'))

async function expectFromRedis(client: Client): Promise<void> {
  const rows = await ledgerRows(stack, 'arena', 'best')
  await eventually(async () => {
    const sources = await expectReadsRight(client, 'arena', rows)
    expect(new Set(sources)).toEqual(new Set(['redis']))
  })
}

test('a server that starts while Redis is down serves from Postgres until Redis is there', async () => {
  await stack.redis.stop()
  const server = await stack.addServer()
  const client = await clientOf(server)
  const { body } = await client.submit<Receipt>('arena', { playerId: 'p1', score: 10 })
  expect(body).toMatchObject({ applied: true, degraded: true })
  const sources = await expectReadsRight(client, 'arena', await ledgerRows(stack, 'arena', 'best'))
  expect(new Set(sources)).toEqual(new Set(['postgres']))
  await stack.restartRedis()
  await expectFromRedis(client)
  expect(await server.stop()).toBe(0)
})

test('two servers started at once on an empty database migrate it once, and both serve', async () => {
  const name = `empty_${randomBytes(6).toString('hex')}`
  await stack.sql.unsafe(`create database ${name}`)
  const url = databaseUrl(stack.env.DATABASE_URL!, name)
  // A Redis of its own: its keys name leaderboards by number.
  const folder = await mkdtemp(join(tmpdir(), 'rankpulse-redis-'))
  const redis = await startTestRedis(folder)
  const env = { DATABASE_URL: url, REDIS_URL: redis.url }
  const servers = await Promise.all([stack.addServer(env), stack.addServer(env), stack.addServer(env)])
  const clients = await Promise.all(servers.map(clientOf))
  await clients[0]!.send('POST', '/v1/leaderboards', { id: 'fresh', operator: 'sum' })
  for (const client of clients) {
    await eventually(async () => expect((await client.get('/v1/leaderboards/fresh')).status).toBe(200))
    const { status } = await client.submit('fresh', { playerId: 'p1', score: 1 })
    expect(status).toBe(200)
  }
  const place = await clients[2]!.get<{ score: number }>('/v1/leaderboards/fresh/players/p1')
  expect(place.body).toMatchObject({ rank: 1, score: 3, total: 1 })
  const sql = postgres(url, { max: 1 })
  const applied = await sql<{ hash: string }[]>`select hash from drizzle.__drizzle_migrations`
  await sql.end()
  expect(applied.length).toBeGreaterThan(0)
  expect(new Set(applied.map((row) => row.hash)).size).toBe(applied.length)
  expect(servers.flatMap(({ logs }) => errorLines(logs))).toEqual([])
  await Promise.all(servers.map((server) => server.stop()))
  await redis.stop()
  await rm(folder, { recursive: true })
})

test('a server that starts before Postgres waits for it', async () => {
  await stack.postgres!.stop()
  const starting = stack.addServer()
  await sleep(2500)
  await stack.restartPostgres()
  const server = await starting
  await expectFromRedis(await clientOf(server))
  expect(await server.stop()).toBe(0)
})

test.each([
  [
    'stopped',
    async () => {
      await stack.postgres!.stop()
      return () => stack.restartPostgres()
    },
  ],
  [
    'half-open',
    async () => {
      const thaw = await freezePostgres(stack)
      return async () => thaw()
    },
  ],
] satisfies [string, () => Promise<() => Promise<void>>][])(
  'SIGTERM while Postgres is %s: what waits is told so, and the stop is no longer than ever',
  async (_how, breakPostgres) => {
    const server = await stack.addServer()
    const client = await clientOf(server)
    await expectFromRedis(client)
    const mend = await breakPostgres()
    try {
      const waiting = Array.from({ length: 10 }, (_, at) =>
        client.submit<{ code: string }>('arena', { playerId: `p${at}`, score: 50 }),
      )
      await sleep(300)
      const started = Date.now()
      const code = await server.stop()
      expect(Date.now() - started).toBeLessThan(stopLimitMs)
      expect(code).toBe(0)
      const answers = await Promise.all(waiting)
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [503, 'UNAVAILABLE']))
    } finally {
      await mend()
    }
    await expectFromRedis(await stack.client())
  },
)

test('SIGTERM while Redis is half-open: the stop does not wait for it', async () => {
  const server = await stack.addServer()
  const client = await clientOf(server)
  await expectFromRedis(client)
  stack.redis.pause()
  try {
    const waiting = client.submit<Receipt>('arena', { playerId: 'p1', score: 1000 })
    await sleep(100)
    const started = Date.now()
    expect(await server.stop()).toBe(0)
    expect(Date.now() - started).toBeLessThan(stopLimitMs)
    expect((await waiting).body).toMatchObject({ applied: true, degraded: true })
  } finally {
    stack.redis.resume()
  }
  await expectFromRedis(await stack.client())
})
