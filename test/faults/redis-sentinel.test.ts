import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Client } from '../helpers/client.ts'
import { keepBusy, submitUntilAnswered } from '../helpers/load.ts'
import { expectReadsRight } from '../helpers/reads.ts'
import { startRedisSentinel, type SentinelRedis } from '../helpers/redis-sentinel.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { connectTestRedis, onCluster } from '../helpers/test-redis.ts'
import { expectInLedger, expectListIsTruth, ledgerRows } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

beforeEach(({ skip }) => skip(onCluster, 'a Cluster has no Sentinels'))

let stack: Stack
let redis: SentinelRedis
let admin: Client
beforeAll(async () => {
  if (onCluster) return
  stack = await startStack({
    nodes: 2,
    startRedis: async (folder) => {
      redis = await startRedisSentinel(folder)
      return redis
    },
  })
  admin = await stack.client()
  await admin.send('POST', '/v1/leaderboards', { id: 'arena', operator: 'sum' })
})
afterAll(() => stack?.stop())

type Receipts = Parameters<typeof expectInLedger>[1]
const sent: Receipts = []
const submitOn = () =>
  keepBusy(2, async (worker, round) => {
    const one = { playerId: `p${(worker * 5 + round) % 12}`, score: 1 + (round % 9), submissionId: `${sent.length}` }
    sent.push({ leaderboard: 'arena', ...one })
    await submitUntilAnswered(() => admin, 'arena', one)
    await sleep(5)
  })

/** While nobody writes; right at once, wherever it comes from, and from Redis in the end. */
async function allFromRedis(): Promise<void> {
  const rows = await ledgerRows(stack, 'arena', 'sum')
  const clients = [admin, await stack.client('admin', 'tester', 1)]
  await eventually(async () => {
    const sources = await Promise.all(clients.map((client) => expectReadsRight(client, 'arena', rows)))
    expect(new Set(sources.flat())).toEqual(new Set(['redis']))
  })
  const own = connectTestRedis(redis.url)
  await expectListIsTruth(stack, own, 'arena')
  own.disconnect()
  await expectInLedger(stack, sent)
}

const isMaster = async (at: number) => expect(String(await redis.servers[at]!.command('ROLE'))).toMatch(/^master/)

test('the master is killed and a replica that lacks something takes over: every score is ranked', async () => {
  const before = submitOn()
  await sleep(500)
  await before.stop()
  await allFromRedis()

  const [master, replica] = [redis.servers[0]!, redis.servers[1]!]
  replica.pause()
  const unknown = submitOn()
  await sleep(500)
  await unknown.stop()
  await master.kill()
  replica.resume()
  const during = submitOn()
  await eventually(() => isMaster(1))
  await during.stop()
  await allFromRedis()

  // The old master comes back, is told that it is a replica, and takes over again when asked to.
  await master.restart()
  await eventually(async () => expect(String(await master.command('ROLE'))).toMatch(/^slave,.*,connected,/))
  const after = submitOn()
  await sleep(300)
  await replica.kill()
  await eventually(() => isMaster(0))
  await after.stop()
  await allFromRedis()
  for (const { logs } of stack.servers) expect(logs.filter((line) => /uncaught|unhandled/i.test(line))).toEqual([])
})
