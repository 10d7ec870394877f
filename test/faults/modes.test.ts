import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import { mastersOf, type RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { submitBatchUntilAnswered } from '../helpers/load.ts'
import { comesFromRedis, expectReadsRight } from '../helpers/reads.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { onCluster } from '../helpers/test-redis.ts'
import { ledgerRows } from '../helpers/oracle/truth.ts'

let stack: Stack
let redis: RedisClient
let admin: Client
beforeAll(async () => {
  stack = await startStack({ ownPostgres: true })
  redis = stack.redisClient()
  admin = await stack.client()
})
afterAll(() => stack.stop())

async function makeBoard(id: string): Promise<void> {
  await admin.send('POST', '/v1/leaderboards', { id })
  const sent = Array.from({ length: 10 }, (_, at) => ({
    playerId: `p${at + 1}`,
    score: 100 - at,
    submissionId: `s${at}`,
  }))
  await submitBatchUntilAnswered(() => admin, id, sent)
  await comesFromRedis(stack, admin, id)
}

const each = (work: (master: Redis) => Promise<unknown>) => Promise.all(mastersOf(redis).map(work))
const setting = (name: string, bad: string, good: string) => async () => {
  await each((master) => master.config('SET', name, bad))
  return () => each((master) => master.config('SET', name, good))
}
const becomeReplica = async () => {
  await each((master) => master.replicaof('127.0.0.1', 1))
  return () => each((master) => master.replicaof('NO', 'ONE'))
}
const faults: [string, () => Promise<() => Promise<unknown>>][] = [
  ['has no memory left', setting('maxmemory', '100kb', '0')],
  // It wants a replica that it does not have.
  ['refuses writes', setting('min-replicas-to-write', '1', '0')],
  // A Cluster's nodes take no REPLICAOF.
  ...(onCluster ? [] : [['became a replica', becomeReplica] satisfies [string, typeof becomeReplica]]),
]

test.each(faults)(
  'a Redis that %s: scores are durable, no wrong rank is told, and it needs no restart',
  async (what, breakRedis) => {
    const id = what.replaceAll(/\W/g, '-')
    await makeBoard(id)
    const mend = await breakRedis()
    try {
      for (let score = 200; score < 205; score++) {
        const { status, body } = await admin.submit<Receipt>(id, { playerId: `new-${score}`, score })
        expect({ status, body }).toMatchObject({ status: 200, body: { applied: true, degraded: true } })
        expect(body.standings[0]).toMatchObject({ score, rank: null, total: null })
        const sources = await expectReadsRight(admin, id, await ledgerRows(stack, id, 'best'))
        expect(new Set(sources)).toEqual(new Set(['postgres']))
      }
      const health = await admin.get('/health')
      expect(health).toMatchObject({ status: 200, body: { status: 'degraded', postgres: 'ok' } })
      expect((await admin.get('/health/ready')).status).toBe(200)
      for (const path of ['reconcile', 'rebuild'])
        expect(await admin.send('POST', `/v1/admin/${path}`, {})).toMatchObject({
          status: 503,
          body: { code: 'UNAVAILABLE', retryable: true },
        })
    } finally {
      await mend()
    }
    await comesFromRedis(stack, admin, id)
  },
)

test('Redis and Postgres both away: every answer is an error with its code in time, and both come back', async () => {
  await makeBoard('both')
  await stack.redis.stop()
  await stack.postgres!.stop()
  try {
    const path = '/v1/leaderboards/both'
    const answers = await Promise.all([
      admin.submit('both', { playerId: 'p1', score: 500, submissionId: 'lost-or-not' }),
      admin.get(`${path}/standings`),
      admin.get(`${path}/players/p1`),
      admin.send('POST', `${path}/lookup`, { playerIds: ['p1'] }),
      admin.send('POST', '/v1/admin/reconcile', {}),
      admin.get('/v1/admin/drift'),
    ])
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE', retryable: true } })
    expect(await admin.get('/health')).toMatchObject({
      status: 503,
      body: { status: 'down', redis: 'down', postgres: 'down' },
    })
    expect((await admin.get('/health/ready')).status).toBe(503)
    expect((await admin.get('/health/live')).status).toBe(200)
  } finally {
    await stack.restartPostgres()
    await stack.restartRedis()
  }
  const sent = [{ playerId: 'p1', score: 500, submissionId: 'lost-or-not' }]
  await submitBatchUntilAnswered(() => admin, 'both', sent)
  await comesFromRedis(stack, admin, 'both')
})
