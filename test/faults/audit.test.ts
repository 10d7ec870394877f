import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DriftRuns, Reconciled, Rebuilt } from '../../src/contract/repair.ts'
import { tieKey } from '../../src/ranking/order.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { keepBusy, submitUntilAnswered } from '../helpers/load.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { expectListIsTruth, listOf } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

const players = 3000

let stack: Stack
let redis: RedisClient
let admin: Client
beforeAll(async () => {
  // A server of its own: an open transaction of another test would hold the watermark back, and the catch-up from it mends.
  stack = await startStack({ nodes: 2, ownPostgres: true, env: { AUDIT_INTERVAL: '0' } })
  redis = stack.redisClient()
  admin = await stack.client()
  await usable()
})
afterAll(() => stack.stop())

const usable = () =>
  eventually(async () => {
    const { body } = await admin.get<{ status: string }>('/health')
    if (body.status !== 'ok') throw new Error(`the server is ${body.status}`)
  })

async function makeBoard(id: string, definition: object = {}): Promise<void> {
  await admin.send('POST', '/v1/leaderboards', { id, ...definition })
  for (let from = 0; from < players; from += 1000) {
    const submissions = Array.from({ length: 1000 }, (_, at) => ({
      playerId: `p${from + at}`,
      score: (from + at) % 700,
    }))
    expect((await admin.send('POST', `/v1/leaderboards/${id}/scores/batch`, { submissions })).status).toBe(200)
  }
  // Then the watermark is past all of it: a catch-up that compares these rows mends them before they are audited. Twice, since
  // the first one may find the list being made, and the watermark waits for that.
  for (let pass = 0; pass < 2; pass++) expect(await reconcile({ leaderboard: id })).toMatchObject(nothing)
}
const reconcile = async (body?: object) => {
  const answer = await admin.send<Reconciled>('POST', '/v1/admin/reconcile', body)
  expect(answer).toMatchObject({ status: 200 })
  return answer.body
}
const nothing = { missing: 0, stale: 0, extra: 0, repaired: 0 }

/** Changes 1 % of the scores, takes members out and puts foreign ones in. Whole: no count betrays it. */
async function corrupt(id: string, whole: boolean) {
  const { keys } = await listOf(stack, id)
  const members = await redis.zrange(keys.list, '0', '-1')
  const changed = members.filter((_, at) => at % 100 === 7)
  const deleted = members.filter((_, at) => at % 300 === 11)
  const foreign = Array.from({ length: whole ? deleted.length : deleted.length + 5 }, (_, at) => `ghost${at}`)
  for (const member of changed) await redis.zincrby(keys.list, 1, member)
  await redis.zrem(keys.list, ...deleted)
  await redis.hdel(keys.versions, ...deleted.map((member) => member.slice(8)))
  // Versions that no ledger row has, far ahead of it.
  for (const [at, player] of foreign.entries()) {
    await redis.zadd(keys.list, -1_000_000 - at, tieKey('first', 90_000_000 + at) + player)
    await redis.hset(keys.versions, player, 90_000_000 + at)
  }
  return { missing: deleted.length, stale: changed.length, extra: foreign.length }
}

describe.each([
  ['counts still agree', true],
  ['counts differ', false],
])('silent corruption, %s', (_, whole) => {
  test('one audit finds and repairs all of it, and says how many', async () => {
    const id = whole ? 'silent' : 'loud'
    await makeBoard(id)
    expect(await reconcile({ leaderboard: id })).toMatchObject({ checked: players, ...nothing, found: [] })
    const damage = await corrupt(id, whole)
    const total = damage.missing + damage.stale + damage.extra

    const dry = await reconcile({ leaderboard: id, standings: 'GLOBAL', dryRun: true })
    expect(dry).toMatchObject({ checked: players, ...damage, repaired: 0 })
    const report = await reconcile({ leaderboard: id })
    expect(report).toMatchObject({ checked: players, ...damage, repaired: total })
    expect(report.found).toEqual([{ standings: `${id}/GLOBAL`, ...damage }])
    await expectListIsTruth(stack, redis, id)
    expect(await reconcile()).toMatchObject(nothing)

    const { body } = await admin.get<DriftRuns>('/v1/admin/drift')
    expect(body.runs.slice(0, 3)).toMatchObject([
      { kind: 'AUDIT', leaderboard: null, state: 'done', dryRun: false, ...nothing },
      { runId: report.runId, leaderboard: id, ...damage, repaired: total, startedBy: 'tester' },
      { runId: dry.runId, leaderboard: id, standings: 'GLOBAL', dryRun: true, ...damage, repaired: 0 },
    ])
    // A score of a player that was mended moves it again.
    const { body: receipt } = await admin.submit<{ degraded: boolean }>(id, { playerId: 'p11', score: 5000 })
    expect(receipt.degraded).toBe(false)
    await expectListIsTruth(stack, redis, id)
  })
})

test('members that no version names, versions that are none, and tombstones of the future', async () => {
  await makeBoard('strays')
  const { keys } = await listOf(stack, 'strays')
  const members = await redis.zrange(keys.list, '0', '-1')
  await redis.zadd(keys.list, 5, 'strayed!p1', 6, 'strayed!p2')
  await redis.hset(keys.versions, members[3]!.slice(8), 'nonsense')
  // As many as came: no count betrays it, or the list would be restored before it is audited.
  await redis.zrem(keys.list, members[4]!, members[5]!)
  await redis.hset(keys.tombstones, members[4]!.slice(8), '99999999')
  const report = await reconcile({ leaderboard: 'strays' })
  expect(report).toMatchObject({ missing: 3, stale: 0, extra: 3 })
  await expectListIsTruth(stack, redis, 'strays')
})

test('an audit under load takes nothing for a difference, and loses nothing', async () => {
  await makeBoard('busy', { operator: 'sum' })
  const load = keepBusy(16, async (worker, round) => {
    const submissionId = `${worker}-${round}`
    const playerId = `p${(worker * 131 + round * 17) % players}`
    await submitUntilAnswered(() => admin, 'busy', { playerId, score: 1, submissionId })
  })
  for (let run = 0; run < 3; run++) expect(await reconcile({ leaderboard: 'busy' })).toMatchObject(nothing)
  // Two at once, and rebuilds beside them, from the other node.
  const other = await stack.client('admin', 'other', 1)
  const rebuild = async () => {
    const answer = await other.send<Rebuilt>('POST', '/v1/admin/rebuild', { leaderboard: 'busy' })
    expect(answer).toMatchObject({ status: 200, body: { rebuilt: ['busy/GLOBAL'], rows: players } })
  }
  const audits = Promise.all([reconcile({ leaderboard: 'busy' }), reconcile({ leaderboard: 'busy' })])
  await rebuild()
  await rebuild()
  expect(await audits).toMatchObject([nothing, nothing])
  await load.stop()
  await expectListIsTruth(stack, redis, 'busy')
  expect(await reconcile({ leaderboard: 'busy' })).toMatchObject(nothing)
})

test('a list is served while it is built anew, and both nodes know it by its new generation', async () => {
  await makeBoard('anew')
  const { keys } = await listOf(stack, 'anew')
  const before = await redis.hget(keys.meta, 'g')
  const sources = new Set<string>()
  const readers = keepBusy(4, async (worker) => {
    const client = await stack.client('admin', 'reader', worker % 2)
    const { body } = await client.get<{ source: string; total: number }>('/v1/leaderboards/anew/standings?limit=1')
    expect(body.total).toBe(players)
    sources.add(body.source)
  })
  const { body } = await admin.send<Rebuilt>('POST', '/v1/admin/rebuild', { leaderboard: 'anew', standings: 'GLOBAL' })
  expect(body).toMatchObject({ rebuilt: ['anew/GLOBAL'], rows: players })
  await readers.stop()
  expect(sources).toContain('redis')
  expect(Number(await redis.hget(keys.meta, 'g'))).toBe(Number(before) + 1)
  expect(await redis.exists(keys.stagedList, keys.stagedVersions)).toBe(0)
  await expectListIsTruth(stack, redis, 'anew')
  const runs = (await admin.get<DriftRuns>('/v1/admin/drift')).body.runs
  expect(runs[0]).toMatchObject({ kind: 'REBUILD', leaderboard: 'anew', standings: 'GLOBAL', state: 'done' })
})

test.each([
  ['a selector without a leaderboard', { standings: 'GLOBAL' }, 400, 'VALIDATION'],
  ['a malformed selector', { leaderboard: 'anew', standings: 'NEVER' }, 400, 'VALIDATION'],
  ['a type that is not kept', { leaderboard: 'anew', standings: 'WEEKLY' }, 404, 'NOT_FOUND'],
  ['an unknown leaderboard', { leaderboard: 'nobody' }, 404, 'NOT_FOUND'],
  ['a leaderboard that is a number', { leaderboard: 7 }, 400, 'VALIDATION'],
])('%s is refused, by audit and rebuild', async (_, body, status, code) => {
  const runs = await admin.get<DriftRuns>('/v1/admin/drift')
  for (const path of ['reconcile', 'rebuild'])
    expect(await admin.send('POST', `/v1/admin/${path}`, body)).toMatchObject({ status, body: { code } })
  expect((await admin.get<DriftRuns>('/v1/admin/drift')).body).toEqual(runs.body)
})

test('only admins may repair', async () => {
  const server = await stack.client('server', 'game')
  for (const path of ['reconcile', 'rebuild'])
    expect(await server.send('POST', `/v1/admin/${path}`, {})).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    })
  expect(await server.get('/v1/admin/drift')).toMatchObject({ status: 403 })
})
