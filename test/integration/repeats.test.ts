import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BatchResult, Receipt } from '../../src/contract/submission.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

// The server looks submissions up before it writes only after it met a repeated one. `calm` ends that, so that the
// repeats of each test are found by what the ledger refuses.

let stack: Stack
let admin: Client
beforeAll(async () => {
  stack = await startStack()
  admin = await stack.client()
})
afterAll(() => stack.stop())

const together = async (board: string, ...submissions: object[]) =>
  (await admin.send<BatchResult>('POST', `/v1/leaderboards/${board}/scores/batch`, { submissions })).body.receipts

/** One batch after the other without a repeat, until the server expects none. */
async function calm(board: string): Promise<void> {
  for (let n = 1; n <= 110; n++) await admin.submit(board, { playerId: 'calm', score: n })
}

test('a batch with a repeated submission stores the others once', async () => {
  await admin.send('POST', '/v1/leaderboards', { id: 'mixed', operator: 'sum' })
  const first = await admin.submit<Receipt>('mixed', { playerId: 'p1', score: 5, submissionId: 's1' })
  await admin.submit('mixed', { playerId: 'p1', score: 6 })
  await calm('mixed')

  const [added, repeated, other, changed, twice] = await together(
    'mixed',
    { playerId: 'p1', score: 7, submissionId: 's2' },
    { playerId: 'p1', score: 5, submissionId: 's1' },
    { playerId: 'p2', score: 8, submissionId: 's3' },
    { playerId: 'p1', score: 9, submissionId: 's1' },
    { playerId: 'p2', score: 8, submissionId: 's3' },
  )
  expect(added).toMatchObject({ duplicate: false, standings: [{ score: 18, previousScore: 11 }] })
  expect(repeated).toMatchObject({ duplicate: true, standings: [{ score: first.body.standings[0]!.score }] })
  expect(other).toMatchObject({ duplicate: false, standings: [{ score: 8, previousScore: null }] })
  expect(changed).toMatchObject({ error: { code: 'IDEMPOTENCY_CONFLICT' } })
  expect(twice).toMatchObject({ duplicate: true, standings: [{ score: 8 }] })
  const rows = await stack.sql<{ submission_id: string; n: number }[]>`
    select submission_id, count(*)::int as n from submissions where submission_id in ('s1', 's2', 's3') group by 1 order by 1`
  expect(rows.map((row) => [row.submission_id, row.n])).toEqual([
    ['s1', 1],
    ['s2', 1],
    ['s3', 1],
  ])
})

test('a repeated submission that would be refused by now has its receipt', async () => {
  await admin.send('POST', '/v1/leaderboards', { id: 'full', operator: 'sum' })
  const large = { playerId: 'p1', score: 6e15, submissionId: 's1' }
  await admin.submit('full', large)
  await calm('full')
  const again = await admin.submit<Receipt>('full', large)
  expect(again.body).toMatchObject({ duplicate: true, applied: true, standings: [{ score: 6e15 }] })
  await calm('full')
  const more = await admin.submit('full', { ...large, submissionId: 's2' })
  expect([more.status, more.body]).toMatchObject([422, { code: 'SCORE_OUT_OF_RANGE' }])
})

test('a refused submission does not keep the others of its batch', async () => {
  await admin.send('POST', '/v1/leaderboards', { id: 'bounded', maxScore: 1000 })
  await calm('bounded')
  const receipts = await together('bounded', { playerId: 'p1', score: 1001 }, { playerId: 'p2', score: 999 })
  expect(receipts).toMatchObject([{ error: { code: 'SCORE_OUT_OF_RANGE' } }, { applied: true, duplicate: false }])
})
