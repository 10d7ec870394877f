import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import { createClient, type Client } from '../helpers/client.ts'
import { freezePostgres } from '../helpers/freeze.ts'
import { submitBatchUntilAnswered, submitUntilAnswered } from '../helpers/load.ts'
import { comesFromRedis, expectReadsRight } from '../helpers/reads.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { expectInLedger, ledgerRows, type PageRow } from '../helpers/oracle/truth.ts'

// What the contract promises: an answer within 10 s of arrival.
const answerLimitMs = 10_000

let stack: Stack
let admin: Client
beforeAll(async () => {
  stack = await startStack({ ownPostgres: true })
  admin = await stack.client()
})
afterAll(() => stack.stop())

async function makeBoard(id: string, operator: 'best' | 'sum' = 'best'): Promise<PageRow[]> {
  await admin.send('POST', '/v1/leaderboards', { id, operator })
  const submissions = Array.from({ length: 10 }, (_, at) => ({ playerId: `p${at + 1}`, score: 100 - at }))
  await submitBatchUntilAnswered(
    () => admin,
    id,
    submissions.map((one, at) => ({ ...one, submissionId: `first-${at}` })),
  )
  return comesFromRedis(stack, admin, id, operator)
}

test.each([
  [
    'stopped',
    async () => {
      await stack.redis.stop()
      return () => stack.restartRedis()
    },
  ],
  [
    'half-open',
    async () => {
      stack.redis.pause()
      return async () => stack.redis.resume()
    },
  ],
] satisfies [string, () => Promise<() => Promise<void>>][])(
  'Redis %s: scores are taken and durable, ranks come from Postgres, and it comes back by itself',
  async (how, breakRedis) => {
    const id = `no-redis-${how}`
    await makeBoard(id)
    const mend = await breakRedis()
    try {
      for (const [at, playerId] of ['p10', 'p11', 'p9'].entries()) {
        const { status, body } = await admin.submit<Receipt>(id, {
          playerId,
          score: 200 + at,
          submissionId: `late-${at}`,
        })
        expect(status).toBe(200)
        expect(body).toMatchObject({ applied: true, degraded: true, duplicate: false })
        expect(body.standings[0]).toMatchObject({ score: 200 + at, rank: null, previousRank: null, total: null })
        await expectInLedger(stack, [body])
      }
      const again = await admin.submit<Receipt>(id, { playerId: 'p11', score: 201, submissionId: 'late-1' })
      expect(again.body).toMatchObject({ duplicate: true, applied: true, degraded: true })
      const rows = await ledgerRows(stack, id, 'best')
      expect(rows.slice(0, 3).map((row) => row.playerId)).toEqual(['p9', 'p11', 'p10'])
      const sources = await expectReadsRight(admin, id, rows)
      expect(new Set(sources)).toEqual(new Set(['postgres']))
      const health = await admin.get<{ status: string }>('/health')
      expect(health).toMatchObject({ status: 200, body: { status: 'degraded', postgres: 'ok' } })
    } finally {
      await mend()
    }
    await comesFromRedis(stack, admin, id)
    const after = await admin.submit<Receipt>(id, { playerId: 'p1', score: 300 })
    expect(after.body).toMatchObject({ degraded: false })
    expect(after.body.standings[0]).toMatchObject({ rank: 1, previousRank: 4, total: 11 })
  },
)

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
  'Postgres %s: submissions are refused in time, ranks still come from Redis, and it comes back by itself',
  { timeout: 120_000 },
  async (how, breakPostgres) => {
    const id = `no-postgres-${how}`
    const rows = await makeBoard(id, 'sum')
    const narrow = await stack.addServer({ WRITE_QUEUE_LIMIT: '20' })
    const client = createClient(narrow.url, await stack.token('admin', 'tester'))
    await expectReadsRight(client, id, rows)
    const sent = Array.from({ length: 12 }, (_, at) => ({ playerId: `p${at}`, score: 5, submissionId: `unsure-${at}` }))

    const mend = await breakPostgres()
    try {
      // One after the other, so that some arrive while a lane waits for an earlier attempt.
      const answers = await Promise.all(
        sent.map(async (one, at) => {
          await sleep(at * 300)
          const arrival = Date.now()
          return { ...(await admin.submit<{ code: string }>(id, one)), ms: Date.now() - arrival }
        }),
      )
      for (const { status, body, headers, ms } of answers) {
        expect(status).toBe(503)
        expect(ms).toBeLessThan(answerLimitMs)
        expect(body).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      }
      // More than the queue holds: the rest is told so at once.
      const flood = Array.from({ length: 50 }, (_, at) => ({ playerId: `f${at}`, score: 1, submissionId: `f${at}` }))
      const codes = await Promise.all(
        flood.map(async (one) => (await client.submit<{ code: string }>(id, one)).body.code),
      )
      expect(codes.filter((code) => code === 'OVERLOADED')).toHaveLength(30)
      expect(codes.filter((code) => code === 'UNAVAILABLE')).toHaveLength(20)

      for (let read = 0; read < 5; read++) {
        const sources = await expectReadsRight(admin, id, rows)
        expect(new Set(sources)).toEqual(new Set(['redis']))
        await sleep(300)
      }
      const [unknown, health, ready] = await Promise.all([
        admin.get('/v1/leaderboards/never-heard-of'),
        admin.get('/health'),
        admin.get('/health/ready'),
      ])
      expect(unknown).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } })
      expect(health).toMatchObject({ status: 503, body: { status: 'down', postgres: 'down' } })
      expect(ready.status).toBe(503)
    } finally {
      await mend()
    }

    const receipts = await Promise.all(sent.map((one) => submitUntilAnswered(() => admin, id, one)))
    await expectInLedger(stack, receipts)
    await Promise.all(sent.map((one) => submitUntilAnswered(() => client, id, one)))
    const after = await comesFromRedis(stack, admin, id, 'sum')
    const score = (list: PageRow[], playerId: string) => list.find((row) => row.playerId === playerId)?.score ?? 0
    for (const { playerId } of sent) expect(score(after, playerId)).toBe(score(rows, playerId) + 5)
    expect(await narrow.stop()).toBe(0)
  },
)
