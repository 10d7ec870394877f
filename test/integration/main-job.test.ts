import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page, Place } from '../../src/contract/reads.ts'
import type { Receipt } from '../../src/contract/submission.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

let stack: Stack
let admin: Client
beforeAll(async () => {
  stack = await startStack()
  admin = await stack.client()
})
afterAll(() => stack.stop())

test('a score goes in, is committed, ranked and read back', async () => {
  await admin.send('POST', '/v1/leaderboards', { id: 'arena', types: ['GLOBAL', 'WEEKLY', 'SESSION'] })
  const first = await admin.submit<Receipt>('arena', { playerId: 'p1', score: 10, submissionId: 's1' })
  expect(first.status).toBe(200)
  expect(first.body).toMatchObject({ applied: true, duplicate: false, degraded: false, reason: null })
  expect(first.body.standings[0]).toEqual({
    standings: 'GLOBAL',
    applied: true,
    reason: null,
    score: 10,
    previousScore: null,
    rank: 1,
    previousRank: null,
    total: 1,
  })
  await admin.submit('arena', { playerId: 'p2', score: 20 })
  const better = await admin.submit<Receipt>('arena', { playerId: 'p1', score: 30, sessionId: 'final' })
  expect(better.body.standings.map((item) => [item.standings.split(':')[0], item.previousRank, item.rank])).toEqual([
    ['GLOBAL', 2, 1],
    ['WEEKLY', 2, 1],
    ['SESSION', null, 1],
  ])
  const page = await admin.get<Page>('/v1/leaderboards/arena/standings')
  expect(page.body).toMatchObject({
    leaderboard: 'arena',
    standings: 'GLOBAL',
    total: 2,
    period: null,
    source: 'redis',
  })
  expect(page.body.rows.map((row) => [row.rank, row.playerId, row.score])).toEqual([
    [1, 'p1', 30],
    [2, 'p2', 20],
  ])
  const place = await admin.get<Place>('/v1/leaderboards/arena/players/p2')
  expect(place.body).toMatchObject({ rank: 2, score: 20, total: 2, percentile: 50, source: 'redis' })
})

test('the same submissionId has one effect', async () => {
  const again = await admin.submit<Receipt>('arena', { playerId: 'p1', score: 10, submissionId: 's1' })
  expect(again.body).toMatchObject({ duplicate: true, applied: true })
  expect(again.body.standings[0]).toMatchObject({
    score: 10,
    previousScore: null,
    rank: 1,
    previousRank: null,
    total: 2,
  })
  const other = await admin.submit('arena', { playerId: 'p1', score: 11, submissionId: 's1' })
  expect(other.status).toBe(409)
  expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  const rows = await stack.sql`select count(*)::int as n from submissions where submission_id = 's1'`
  expect(rows[0]!.n).toBe(1)
})
