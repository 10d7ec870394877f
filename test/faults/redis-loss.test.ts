import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import { freePort } from '../../src/embedded/server-process.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import { createClient, type Client } from '../helpers/client.ts'
import { keepBusy, submitUntilAnswered } from '../helpers/load.ts'
import { expectReadsRight } from '../helpers/reads.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { flushAll } from '../helpers/test-redis.ts'
import { expectListIsTruth, ledgerRows, listOf, type PageRow } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let redis: RedisClient
let admin: Client
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  redis = stack.redisClient()
  admin = await stack.client()
})
afterAll(() => stack.stop())

/** A leaderboard of ten players on which p1 leads with 100, p2 follows with 99, and so on. */
async function makeBoard(id: string): Promise<void> {
  await admin.send('POST', '/v1/leaderboards', { id })
  const submissions = Array.from({ length: 10 }, (_, at) => ({ playerId: `p${at + 1}`, score: 100 - at }))
  await admin.send('POST', `/v1/leaderboards/${id}/scores/batch`, { submissions })
  expect(await becomesWhole(id)).toBe(true)
}

/** Reads until Redis answers everything again. A wrong answer on the way fails at once, whatever it calls its source. */
async function becomesWhole(id: string, client = admin): Promise<true> {
  const rows = await ledgerRows(stack, id, 'best')
  for (const giveUpAt = Date.now() + 30_000; Date.now() < giveUpAt; await sleep(50)) {
    const sources = await expectReadsRight(client, id, rows)
    if (sources.some((source) => source !== 'redis')) continue
    await expectListIsTruth(stack, redis, id)
    return true
  }
  throw new Error(`${id} does not come from Redis again`)
}

const item = (receipt: Receipt) => receipt.standings[0]!
const unknown = { rank: null, previousRank: null, total: null }

test('FLUSHALL between two submissions: nobody is first of one', async () => {
  await makeBoard('flushed')
  await flushAll(redis)
  const { body } = await admin.submit<Receipt>('flushed', { playerId: 'p10', score: 95 })
  expect(body).toMatchObject({ applied: true, duplicate: false })
  // Either the list came back while the receipt waited, or the rank is unknown.
  expect(item(body)).toMatchObject(body.degraded ? unknown : { rank: 7, total: 10 })
  expect(await becomesWhole('flushed')).toBe(true)
})

test('FLUSHALL before a read: the answer is right, and the list is whole', async () => {
  await makeBoard('read-first')
  await flushAll(redis)
  // Reads wait a moment for a list that comes back; one that takes longer is answered from Postgres, and says so.
  await expectReadsRight(admin, 'read-first', await ledgerRows(stack, 'read-first', 'best'))
  expect(await becomesWhole('read-first')).toBe(true)
})

test('FLUSHALL again and again under load: every rank that is told is right', async () => {
  await admin.send('POST', '/v1/leaderboards', { id: 'model', operator: 'sum' })
  await admin.send('POST', '/v1/leaderboards', { id: 'crowd' })
  const load = keepBusy(4, async (worker, round) => {
    const playerId = `c${(worker * 31 + round * 7) % 50}`
    await submitUntilAnswered(() => admin, 'crowd', { playerId, score: round, submissionId: `${worker}-${round}` })
    await sleep(5)
  })
  const flusher = keepBusy(1, async () => {
    await sleep(50 + Math.random() * 400)
    await flushAll(redis)
  })

  // One submission after the other, so that a naive list says what each receipt has to.
  let model: { playerId: string; score: number }[] = []
  const rankOf = (playerId: string) => model.findIndex((row) => row.playerId === playerId) + 1 || null
  let known = 0
  for (let round = 0; round < 150; round++) {
    const playerId = `m${(round * 7) % 12}`
    const points = 1 + ((round * 13) % 40)
    const before = { rank: rankOf(playerId), score: model.find((row) => row.playerId === playerId)?.score ?? null }
    const changed = { playerId, score: (before.score ?? 0) + points }
    // Stable: who reached an equal score earlier stays ahead.
    model = [...model.filter((row) => row.playerId !== playerId), changed].toSorted((a, b) => b.score - a.score)
    const receipt = await submitUntilAnswered(() => admin, 'model', {
      playerId,
      score: points,
      submissionId: `s${round}`,
    })
    const { rank, previousRank, total, ...rest } = item(receipt)
    expect(rest).toMatchObject({ applied: true, score: changed.score, previousScore: before.score })
    expect([null, rankOf(playerId)]).toContain(rank)
    expect([null, before.rank]).toContain(previousRank)
    expect([null, model.length]).toContain(total)
    expect(receipt.degraded).toBe(rank === null)
    if (rank !== null) known++
    const rows: PageRow[] = model.map((row, at) => ({ rank: at + 1, ...row }))
    if (round % 3 === 0) await expectReadsRight(admin, 'model', rows)
  }
  await flusher.stop()
  await load.stop()
  expect(known).toBeGreaterThan(0)
  const rows = await ledgerRows(stack, 'model', 'sum')
  await eventually(async () => {
    const sources = await expectReadsRight(admin, 'model', rows)
    expect(new Set(sources)).toEqual(new Set(['redis']))
  })
  await expectListIsTruth(stack, redis, 'model')
  expect(await becomesWhole('crowd')).toBe(true)
})

test.each([
  ['the list', (keys) => redis.del(keys.list)],
  ['the versions', (keys) => redis.del(keys.versions)],
  ['the meta', (keys) => redis.del(keys.meta)],
  ['a member', async (keys) => redis.zrem(keys.list, (await redis.zrange(keys.list, '0', '0'))[0]!)],
  ['a version', (keys) => redis.hdel(keys.versions, 'p1')],
  [
    'a member and its version',
    async (keys) => {
      await redis.zrem(keys.list, (await redis.zrange(keys.list, '0', '0'))[0]!)
      await redis.hdel(keys.versions, 'p1')
    },
  ],
] satisfies [string, (keys: Awaited<ReturnType<typeof listOf>>['keys']) => Promise<unknown>][])(
  'half a board is none: %s is gone',
  async (what, damage) => {
    const id = `half-${what.replaceAll(' ', '-')}`
    await makeBoard(id)
    const { keys } = await listOf(stack, id)
    await damage(keys)
    const { body } = await admin.submit<Receipt>(id, { playerId: 'p11', score: 1 })
    expect(item(body)).toMatchObject(body.degraded ? unknown : { rank: 11, total: 11 })
    expect(await becomesWhole(id)).toBe(true)
    await damage(keys)
    expect(await becomesWhole(id)).toBe(true)
  },
)

const ahead = (mark: string) => mark.replace(/:\d+:/, ':900000000000:')
const later = (mark: string) => mark.replace(/ \d+ /, ' 900000000000 ')
const foreign = (mark: string) => mark.replace(/^\w+/, 'f00d')
test.each([
  ['ahead of the database', ahead],
  ['of a later ledger', later],
  ['of another database', foreign],
  ['that is none', () => 'none'],
  ['that is gone', () => null],
] satisfies [string, (mark: string) => string | null][])(
  'a watermark %s proves nothing: the list is built anew, unasked',
  async (what, change) => {
    const id = `mark-${what.replaceAll(' ', '-')}`
    await makeBoard(id)
    const { keys, watermark } = await listOf(stack, id)
    // A wrong score that no count betrays: only a rebuild mends it.
    const [leader] = await redis.zrange(keys.list, '0', '0')
    await redis.zadd(keys.list, 0, leader!)
    const changed = change((await redis.get(watermark))!)
    if (changed === null) await redis.del(watermark)
    else await redis.set(watermark, changed)
    await eventually(() => expectListIsTruth(stack, redis, id))
    expect(await becomesWhole(id)).toBe(true)
  },
)

test('what a dead node committed and did not apply reaches Redis through another', async () => {
  await makeBoard('orphan')
  // A node of its own, whose Redis does not answer: it commits, applies nothing, and dies.
  const lonely = await stack.addServer({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` })
  const client = createClient(lonely.url, await stack.token('admin', 'tester'))
  const { body } = await client.submit<Receipt>('orphan', { playerId: 'p10', score: 1000 })
  lonely.kill('SIGKILL')
  await lonely.exited
  expect(body).toMatchObject({ applied: true, degraded: true })
  expect(item(body)).toMatchObject({ score: 1000, ...unknown })
  // Nobody reads meanwhile: the catch-up comes by itself.
  await eventually(() => expectListIsTruth(stack, redis, 'orphan'))
  expect(await becomesWhole('orphan')).toBe(true)
})

test('a node killed between its commit and its application, and Redis with it', async () => {
  await makeBoard('halfway')
  const second = await stack.addServer()
  const client = createClient(second.url, await stack.token('admin', 'tester'))
  await client.get('/v1/leaderboards/halfway')
  stack.redis.pause()
  void client.submit('halfway', { playerId: 'p10', score: 1000 }).catch(() => {})
  await eventually(async () => {
    const rows = await stack.sql`
      select 1 from leaderboard_entries
      where score = 1000 and player_id = 'p10' and standings_id = ${(await listOf(stack, 'halfway')).id}`
    expect(rows).toHaveLength(1)
  })
  second.kill('SIGKILL')
  await second.exited
  // Else it would still find the application in its socket's buffer.
  await stack.redis.kill()
  await stack.restartRedis()
  await eventually(() => expectListIsTruth(stack, redis, 'halfway'))
  expect(await becomesWhole('halfway')).toBe(true)
})

test('a Redis killed under load that comes back with an older state', { timeout: 120_000 }, async () => {
  await makeBoard('older')
  const { dataDirs } = stack.redis
  const each = (work: (files: string, kept: string) => Promise<void>) =>
    Promise.all(dataDirs.map((folder) => work(join(folder, 'appendonlydir'), `${folder}-kept`)))
  await sleep(1100) // appendfsync everysec, and then some
  await each((files, kept) => cp(files, kept, { recursive: true }))
  const load = keepBusy(4, async (worker, round) => {
    const playerId = `p${1 + ((worker * 5 + round) % 20)}`
    await submitUntilAnswered(() => admin, 'older', { playerId, score: 50 + round, submissionId: `${worker}-${round}` })
    await sleep(5)
  })
  await sleep(1000)
  await stack.redis.kill()
  await each((files) => rm(files, { recursive: true }))
  await each((files, kept) => cp(kept, files, { recursive: true }))
  await stack.restartRedis()
  await sleep(1000)
  await load.stop()
  expect(await becomesWhole('older')).toBe(true)
  expect(await becomesWhole('older', await stack.client('admin', 'tester', 1))).toBe(true)

  // Again while nobody writes, and at last with nothing at all.
  for (const copy of [true, false]) {
    await stack.redis.kill()
    await each((files) => rm(files, { recursive: true }))
    if (copy) await each((files, kept) => cp(kept, files, { recursive: true }))
    await stack.restartRedis()
    expect(await becomesWhole('older')).toBe(true)
    expect(await becomesWhole('older', await stack.client('admin', 'tester', 1))).toBe(true)
  }
  await each((_, kept) => rm(kept, { recursive: true }))
})
