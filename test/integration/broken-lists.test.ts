import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import { defineScripts } from '../../src/redis/scripts.ts'
import type { Client } from '../helpers/client.ts'
import { expectEveryList } from '../helpers/oracle/every-list.ts'
import { isListError } from '../../src/redis/list-error.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { listOf, readPage } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let redis: RedisClient
let admin: Client
beforeAll(async () => {
  // A Redis that stands still is waited for longer than a submission may take.
  stack = await startStack({ env: { AUDIT_INTERVAL: '0', REDIS_COMMAND_TIMEOUT: '20000' } })
  redis = stack.redisClient()
  defineScripts(redis)
  admin = await stack.client()
})
afterAll(() => stack.stop())

async function makeBoard(id: string): Promise<void> {
  await admin.send('POST', '/v1/leaderboards', { id })
  for (let n = 1; n <= 3; n++) await admin.submit(id, { playerId: `p${n}`, score: n })
  await eventually(async () => expect((await readPage(admin, id)).source).toBe('redis'))
}
const health = async () => ((await (await fetch(`${stack.url}/health`)).json()) as { redis: string }).redis

const keysOf = async (id: string) => {
  const { keys, watermark } = await listOf(stack, id)
  return { ...keys, watermark }
}
test('a rule that the scripts do not know is an error, and throws nothing away', async () => {
  await makeBoard('rules')
  const { keys } = await listOf(stack, 'rules')
  const generation = (await redis.hget(keys.meta, 'g'))!
  const names = [keys.list, keys.versions, keys.meta]
  for (const [style, ties, said] of [
    ['dense', 'first', 'rank style dense'],
    ['ordinal', 'oldest', 'tie rule oldest'],
  ] as const) {
    const failed = redis.rpPlaces(3, ...names, generation, style, ties, 'p1')
    await expect(failed).rejects.toSatisfy((error) => String(error).includes(said) && !isListError(error))
  }
  expect((await readPage(admin, 'rules')).source).toBe('redis')
})

test.each(['list', 'versions', 'meta', 'tombstones', 'stagedList', 'stagedVersions', 'watermark'] as const)(
  'a %s of another type is the trouble of its leaderboard alone',
  async (what) => {
    const [id, beside] = [`broken-${what}`, `beside-${what}`].map((one) => one.toLowerCase()) as [string, string]
    for (const one of [id, beside]) await makeBoard(one)
    const name = (await keysOf(id))[what]
    const breakIt = async () => {
      await redis.unlink(name)
      await (what === 'watermark' ? redis.hset(name, 'x', 'y') : redis.set(name, 'x'))
    }
    await breakIt()
    let score = 10
    const expectOthersWell = async () => {
      const { body } = await admin.submit<Receipt>(beside, { playerId: 'p1', score: ++score })
      expect([body.degraded, (await readPage(admin, beside)).source, await health()]).toEqual([false, 'redis', 'ok'])
    }
    const { status } = await admin.submit(id, { playerId: 'p4', score: 4 })
    expect(status).toBe(200)
    await eventually(async () => {
      await expectOthersWell()
      await expectEveryList(stack, admin, id)
    })
    await breakIt()
    const rebuilt = await admin.send('POST', '/v1/admin/rebuild', { leaderboard: id })
    expect([rebuilt.status, rebuilt.body]).toMatchObject([200, { rebuilt: [`${id}/GLOBAL`], rows: 4 }])
    await breakIt()
    expect((await admin.send('POST', '/v1/admin/reconcile', { leaderboard: id })).status).toBe(200)
    await eventually(async () => {
      await expectOthersWell()
      await expectEveryList(stack, admin, id)
    })
  },
)

test('lists that were thrown away are counted', async () => {
  const metrics = await (await fetch(`${stack.url}/metrics`)).text()
  expect(Number(/^rankpulse_lists_broken_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0)
})

test('what is committed gets its receipt while Redis stands still', async () => {
  await makeBoard('still')
  stack.redis.pause()
  try {
    const { status, body } = await admin.submit<Receipt>('still', { playerId: 'p9', score: 9, submissionId: 'once' })
    expect([status, body]).toMatchObject([200, { applied: true, degraded: true }])
  } finally {
    stack.redis.resume()
  }
  await eventually(() => expectEveryList(stack, admin, 'still'))
})
