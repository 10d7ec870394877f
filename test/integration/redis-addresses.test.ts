import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { resetRedis } from '../../src/cli/db-reset.ts'
import { examineRedis } from '../../src/cli/doctor-servers.ts'
import { freePort } from '../../src/embedded/server-process.ts'
import { createLog } from '../../src/log.ts'
import { connectRedis } from '../../src/redis/client.ts'
import { mastersOf } from '../../src/redis/open.ts'
import { createPubSub } from '../../src/redis/pubsub.ts'
import { connectSubscriber } from '../../src/redis/subscriber.ts'
import { createClient } from '../helpers/client.ts'
import { startRedisCluster, type RedisCluster } from '../helpers/redis-cluster.ts'
import { startRedisSentinel } from '../helpers/redis-sentinel.ts'
import { startStack } from '../helpers/stack.ts'
import { connectTestRedis, onCluster, startOne } from '../helpers/test-redis.ts'
import type { TestRedis } from '../helpers/redis-node.ts'
import { errorLines } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

// What takes a Redis address takes all three forms.

beforeEach(({ skip }) => skip(onCluster, 'it starts all three kinds, and did in the other round'))

let folder: string
const kinds: Record<string, TestRedis> = {}
beforeAll(async () => {
  if (onCluster) return
  folder = await mkdtemp(join(tmpdir(), 'rankpulse-redis-'))
  kinds.standalone = await startOne(join(folder, 'one'))
  kinds.sentinel = await startRedisSentinel(join(folder, 'sentinel'))
  kinds.cluster = await startRedisCluster(join(folder, 'cluster'))
})
afterAll(async () => {
  if (onCluster) return
  await Promise.all(Object.values(kinds).map((redis) => redis.stop()))
  await rm(folder, { recursive: true })
})

const names = ['standalone', 'sentinel', 'cluster'] as const
const masterCount = { standalone: 1, sentinel: 1, cluster: 3 }

test.each(names)('db:reset on %s removes the keys of rankpulse and no others', async (name) => {
  const { url } = kinds[name]!
  const redis = connectTestRedis(url)
  for (let no = 0; no < 30; no++) await redis.set(`rp:{${no}}:w`, no)
  await redis.set('somebody-elses', 1)
  expect(await resetRedis(url)).toBe(30)
  const left = await Promise.all(mastersOf(redis).map((master) => master.keys('*')))
  expect(left.flat()).toEqual(['somebody-elses'])
  redis.disconnect()
})

test.each(names)('the doctor looks at every master of %s', async (name) => {
  const redis = connectTestRedis(kinds[name]!.url)
  await redis.ping()
  const healthy = await examineRedis(kinds[name]!.url)
  expect(healthy.map(({ state }) => state)).toEqual(Array.from({ length: 2 * masterCount[name] }, () => 'ok'))
  const last = mastersOf(redis).at(-1)!
  await last.config('SET', 'maxmemory-policy', 'allkeys-lfu')
  const broken = (await examineRedis(kinds[name]!.url)).filter(({ state }) => state === 'broken')
  expect(broken.map(({ what }) => what)).toEqual([expect.stringContaining('allkeys-lfu')])
  expect(broken[0]!.what.includes(`:${last.options.port}: `)).toBe(name === 'cluster')
  await last.config('SET', 'maxmemory-policy', 'noeviction')
  redis.disconnect()
})

test.each(['redis://:pw@HOST', 'redis+sentinel://:pw@HOST/main?sentinelPassword=pw', 'redis+cluster://:pw@HOST'])(
  'nothing at %s: told without the password, and at once',
  async (form) => {
    const port = await freePort()
    const findings = await examineRedis(form.replace('HOST', `127.0.0.1:${port}`))
    expect(findings).toMatchObject([{ state: 'broken', what: expect.stringContaining('Redis cannot be used') }])
    expect(findings[0]!.what).not.toContain('pw')
  },
)

test.each(['redis://HOST', 'redis+sentinel://HOST/main', 'redis+cluster://HOST'])(
  'a server starts degraded when nothing is at %s, and stops',
  async (form) => {
    const stack = await startStack({
      nodes: 0,
      startRedis: async () => ({ ...kinds.standalone!, stop: async () => {} }),
    })
    const server = await stack.addServer({
      REDIS_URL: form.replace('HOST', `127.0.0.1:${await freePort()}`),
      // All but without a pause, so that the stop comes in the middle of an attempt.
      REDIS_RETRY_ATTEMPTS: '0',
      REDIS_RETRY_DELAY: '1',
    })
    const { body } = await createClient(server.url, null).get('/health')
    expect(body).toMatchObject({ status: 'degraded', redis: 'down' })
    expect(await server.stop()).toBe(0)
    expect(errorLines(server.logs)).toEqual([])
    expect(server.logs.filter((line) => line.includes('Redis does not answer'))).toHaveLength(1)
    await stack.stop()
  },
)

test('messages between servers get through a Cluster again after any node, or all of them, was killed', async () => {
  const cluster = kinds.cluster as RedisCluster
  const options = {
    url: cluster.url,
    connectTimeoutMs: 5000,
    commandTimeoutMs: 1000,
    retryDelayMs: 100,
    retryAttempts: 10,
  }
  const redis = connectRedis(options, createLog({ level: 'silent', pretty: false }))
  const subscriber = connectSubscriber(options, redis)
  await redis.connect()
  const publisher = createPubSub(redis)
  const got: string[] = []
  subscriber.on('message', (_, message: string) => got.push(message))
  await subscriber.subscribe('channel')
  let sent = 0
  const arrives = () =>
    eventually(async () => {
      const message = String(++sent)
      await publisher.publish('channel', message)
      await expect.poll(() => got.includes(message), { timeout: 500 }).toBe(true)
    })
  await arrives()
  for (const node of cluster.nodes) {
    await node.kill()
    await arrives()
    await node.restart()
    await cluster.untilOk()
  }
  for (let round = 0; round < 3; round++) {
    await cluster.kill()
    await cluster.restart()
    await arrives()
  }
  // In order, and once.
  got.length = 0
  const numbers = Array.from({ length: 2000 }, (_, at) => `n${at}`)
  await Promise.all(numbers.map((number) => publisher.publish('channel', number)))
  await eventually(() => expect(got.filter((one) => one.startsWith('n'))).toEqual(numbers))
  redis.disconnect()
  subscriber.disconnect()
})
