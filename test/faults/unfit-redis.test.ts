import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import { mastersOf, type RedisClient } from '../../src/redis/open.ts'
import { createClient, type Client } from '../helpers/client.ts'
import { expectReadsRight } from '../helpers/reads.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { ledgerRows } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

// A Redis that may evict whole leaderboards is not served from, whenever it turns out to be one.

let stack: Stack
let admin: Client
beforeAll(async () => {
  stack = await startStack()
  admin = await stack.client()
  await admin.send('POST', '/v1/leaderboards', { id: 'arena', operator: 'sum' })
  for (let n = 1; n <= 5; n++) await admin.submit('arena', { playerId: `p${n}`, score: n })
})
afterAll(() => stack.stop())

/** One server of Redis, the last of a Cluster's masters. */
async function setPolicy(policy: string): Promise<void> {
  const redis: RedisClient = stack.redisClient()
  await redis.ping()
  await mastersOf(redis).at(-1)!.config('SET', 'maxmemory-policy', policy)
}

async function expectSource(client: Client, source: 'redis' | 'postgres'): Promise<void> {
  await eventually(async () => {
    const sources = await expectReadsRight(client, 'arena', await ledgerRows(stack, 'arena', 'sum'))
    expect(new Set(sources)).toEqual(new Set([source]))
  })
}

/** One line of the log since `from` tells it. */
async function expectRefusal(client: Client, logs: string[], from = 0): Promise<void> {
  await eventually(async () => {
    const { body } = await client.get('/health')
    expect(body).toMatchObject({ status: 'degraded', redis: 'unfit' })
  })
  await expectSource(client, 'postgres')
  const { body } = await client.submit<Receipt>('arena', { playerId: 'p1', score: 10 })
  expect(body).toMatchObject({ applied: true, degraded: true })
  const said = logs.slice(from).filter((line) => line.includes('Redis is not used'))
  expect(said).toHaveLength(1)
  expect(said[0]).toMatch(/allkeys-lru.*set it to noeviction/)
}

test.each([
  ['allkeys-lru', /exited with 1:(.|\n)*allkeys-lru.*leaderboards; set it to noeviction/],
  ['volatile-lru', /exited with 1:(.|\n)*volatile-lru.*erased.*set it to noeviction/],
])('a server refuses to start on %s, and says what to change', async (policy, why) => {
  await setPolicy(policy)
  await expect(stack.addServer()).rejects.toThrow(why)
  await setPolicy('noeviction')
  const server = await stack.addServer()
  await expectSource(createClient(server.url, await stack.token('admin', 'tester')), 'redis')
  expect(await server.stop()).toBe(0)
})

test('one that turns into it while it is served from is left alone until it is changed back', async () => {
  await expectSource(admin, 'redis')
  const { logs } = stack.servers[0]!
  const from = logs.length
  await setPolicy('allkeys-lru')
  await expectRefusal(admin, logs, from)
  await setPolicy('noeviction')
  await expectSource(admin, 'redis')
  expect((await admin.get('/health')).body).toMatchObject({ status: 'ok', redis: 'ok' })
})

test('one that was away at the start and comes back unfit is not served from until it is changed', async () => {
  await stack.redis.stop()
  const server = await stack.addServer()
  const client = createClient(server.url, await stack.token('admin', 'tester'))
  expect((await client.get('/health')).body).toMatchObject({ status: 'degraded', redis: 'down' })
  await stack.redis.restart(['--maxmemory-policy', 'allkeys-lru'])
  await expectRefusal(client, server.logs)
  const redis = stack.redisClient()
  await redis.ping()
  for (const master of mastersOf(redis)) await master.config('SET', 'maxmemory-policy', 'noeviction')
  await expectSource(client, 'redis')
  expect(await server.stop()).toBe(0)
})
