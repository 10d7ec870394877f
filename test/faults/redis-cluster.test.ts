import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { watermarkKey } from '../../src/redis/keys.ts'
import type { Client } from '../helpers/client.ts'
import { keepBusy, submitUntilAnswered } from '../helpers/load.ts'
import { expectReadsRight } from '../helpers/reads.ts'
import { startRedisCluster, type RedisCluster } from '../helpers/redis-cluster.ts'
import type { RedisNode } from '../helpers/redis-node.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { connectTestRedis, onCluster } from '../helpers/test-redis.ts'
import { expectInLedger, expectListIsTruth, ledgerRows } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

// A single shard goes away, falls back or changes hands while the others go on.

beforeEach(({ skip }) => skip(onCluster, 'it brings a Cluster of its own, and ran in the other round'))

let stack: Stack
let cluster: RedisCluster
let admin: Client
/** One leaderboard on each of the masters. */
const boards = ['first', 'second', 'third']
beforeAll(async () => {
  if (onCluster) return
  stack = await startStack({
    nodes: 2,
    startRedis: async (folder) => {
      cluster = await startRedisCluster(folder, { replicas: 1, nodeTimeoutMs: 3000, fullCoverage: false })
      return cluster
    },
  })
  admin = await stack.client()
  const wanted = new Set(boards)
  for (let spare = 100; wanted.size > 0; spare--) {
    if (spare === 0) throw new Error('no leaderboard falls on one of the masters')
    const id = [...wanted][0]!
    await admin.send('POST', '/v1/leaderboards', { id, operator: 'sum' })
    if ((await ownerOf(id)) === boards.indexOf(id)) wanted.delete(id)
    else await admin.send('DELETE', `/v1/leaderboards/${id}`)
  }
})
afterAll(() => stack?.stop())

/** Which of the nodes, counted as they were started, has the slot of a leaderboard. */
async function slotOf(id: string): Promise<number> {
  const [row] = await stack.sql<{ no: number }[]>`select no from leaderboards where id = ${id} and deleted_at is null`
  return Number(await cluster.nodes[0]!.command('CLUSTER', 'KEYSLOT', watermarkKey(row!.no)))
}
async function ownerOf(id: string): Promise<number> {
  return Math.floor((await slotOf(id)) / (16_384 / 3))
}

async function readsAreRight(id: string): Promise<string[]> {
  const rows = await ledgerRows(stack, id, 'sum')
  const clients = [admin, await stack.client('admin', 'tester', 1)]
  return (await Promise.all(clients.map((client) => expectReadsRight(client, id, rows)))).flat()
}

/** True; fails as soon as anything is wrong. */
async function allFromRedis(): Promise<true> {
  for (const id of boards)
    await eventually(async () => expect(new Set(await readsAreRight(id))).toEqual(new Set(['redis'])))
  const redis = connectTestRedis(cluster.url)
  for (const id of boards) await expectListIsTruth(stack, redis, id)
  redis.disconnect()
  return true
}

type Receipts = Parameters<typeof expectInLedger>[1]
let runs = 0
/** Submissions to every leaderboard until they are told to stop; returns what was acknowledged. */
function submitOn(): { stop(): Promise<Receipts> } {
  const run = ++runs
  const sent: Receipts = []
  const load = keepBusy(boards.length, async (worker, round) => {
    const one = { playerId: `p${round % 15}`, score: 1 + (round % 7), submissionId: `${run}-${round}` }
    await submitUntilAnswered(() => admin, boards[worker]!, one)
    sent.push({ leaderboard: boards[worker]!, ...one })
    await sleep(5)
  })
  return {
    async stop() {
      await load.stop()
      return sent
    },
  }
}

/** While nobody writes, every read has to be right, wherever it comes from. */
async function watchReads(id: string, forMs: number): Promise<void> {
  for (const until = Date.now() + forMs; Date.now() < until; await sleep(20)) await readsAreRight(id)
}

test('one master is killed and comes back with an older state', async () => {
  const before = submitOn()
  await sleep(500)
  const files = join(cluster.dataDirs[1]!, 'appendonlydir')
  const kept = `${files}-kept`
  await sleep(1100) // appendfsync everysec, and then some
  await cp(files, kept, { recursive: true })
  await sleep(500)
  await expectInLedger(stack, await before.stop())
  await allFromRedis()
  const node = cluster.nodes[1]!
  const fallBack = async () => {
    await node.kill()
    await rm(files, { recursive: true })
    await cp(kept, files, { recursive: true })
  }
  await fallBack()
  const during = submitOn()
  await sleep(500)
  await node.restart()
  await expectInLedger(stack, await during.stop())
  await watchReads('second', 1500)
  await allFromRedis()
  await fallBack()
  await Promise.all([node.restart(), watchReads('second', 3000)])
  await allFromRedis()
  // With nobody asking meanwhile, a read is the first to meet the older state.
  for (let round = 0; round < 3; round++) {
    await fallBack()
    await node.restart()
    await cluster.untilOk()
    await watchReads('second', 500)
    expect(await allFromRedis()).toBe(true)
  }
})

test('a replica that lacks something takes over', async () => {
  await allFromRedis()
  const [master, replica] = [cluster.nodes[0]!, cluster.nodes[3]!]
  replica.pause()
  const unknown = submitOn()
  await sleep(1000)
  const lost = await unknown.stop()
  expect(lost.some(({ leaderboard }) => leaderboard === 'first')).toBe(true)
  await master.kill()
  replica.resume()
  const during = submitOn()
  await watchedTakeOver(replica)
  await expectInLedger(stack, [...lost, ...(await during.stop())])
  await allFromRedis()
  // The old master comes back as a replica and changes nothing.
  await master.restart()
  await eventually(async () => expect(String(await master.command('ROLE'))).toMatch(/^slave/))
  await watchReads('first', 1000)
  expect(await allFromRedis()).toBe(true)
})

async function watchedTakeOver(replica: RedisNode): Promise<void> {
  await eventually(async () => expect(String(await replica.command('ROLE'))).toMatch(/^master/))
}

test('a slot that moves to another master takes its leaderboard along', async () => {
  await allFromRedis()
  const slot = await slotOf('third')
  const [from, to] = [cluster.nodes[2]!, cluster.nodes[1]!]
  const [fromId, toId] = [String(await from.command('CLUSTER', 'MYID')), String(await to.command('CLUSTER', 'MYID'))]
  const load = submitOn()
  await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId)
  await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId)
  const { password } = new URL(cluster.url.replace(/,.*$/, ''))
  for (;;) {
    const keys = (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]
    if (keys.length === 0) break
    const options = ['REPLACE', 'AUTH', password, 'KEYS', ...keys]
    await from.command('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, ...options)
  }
  for (const node of [to, from]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId)
  await sleep(500)
  await expectInLedger(stack, await load.stop())
  await watchReads('third', 1000)
  expect(await allFromRedis()).toBe(true)
})

test('nobody stopped by any of this', () => {
  for (const { logs } of stack.servers) expect(logs.filter((line) => /uncaught|unhandled/i.test(line))).toEqual([])
})
