import { afterAll, beforeAll, expect, test } from 'vitest'
import type { History } from '../../src/contract/reads.ts'
import type { BatchResult, Receipt } from '../../src/contract/submission.ts'
import type { Client } from '../helpers/client.ts'
import { sealByHand } from '../helpers/oracle/every-list.ts'
import { ask, connectSocket } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

// A submission that is sent again after its player was removed says so, whichever way it is sent and found.

let stack: Stack
let admin: Client
beforeAll(async () => {
  stack = await startStack()
  admin = await stack.client()
})
afterAll(() => stack.stop())

const submit = async (board: string, submission: object) => {
  const { status, body } = await admin.submit<Receipt>(board, submission)
  expect({ status, body }).toMatchObject({ status: 200 })
  return body
}
const remove = async (board: string, playerId: string) =>
  expect((await admin.send('DELETE', `/v1/leaderboards/${board}/players/${playerId}`)).status).toBe(204)
const region = (playerId: string, to?: string) =>
  admin.send('PUT', `/v1/players/${playerId}`, { displayName: 'P', ...(to && { region: to }) })
const gone = { applied: false, reason: 'REMOVED', score: null, previousScore: null, rank: null, previousRank: null }

test('over HTTP, in a batch and over a socket, looked up or refused by the ledger', async () => {
  await stack.board('arena', { types: ['GLOBAL', 'WEEKLY'] })
  const old = { playerId: 'p1', score: 50, submissionId: 'old' }
  const worse = { playerId: 'p1', score: 40, submissionId: 'worse' }
  expect(await submit('arena', old)).toMatchObject({ applied: true })
  expect(await submit('arena', worse)).toMatchObject({ applied: false, reason: 'NOT_BETTER' })
  await submit('arena', { playerId: 'p2', score: 1 })
  await remove('arena', 'p1')
  const said = { applied: false, reason: 'REMOVED', duplicate: true, degraded: false }
  const items = ['GLOBAL', expect.stringMatching(/^WEEKLY:/) as string].map((standings) => ({
    ...gone,
    standings,
    total: 1,
  }))

  // Before any repeat the server looks nothing up: this one is found by what the ledger refuses.
  expect(await submit('arena', old)).toEqual({ ...said, leaderboard: 'arena', ...old, standings: items })
  expect(await submit('arena', worse)).toMatchObject({ ...said, standings: items })
  const batch = await admin.send<BatchResult>('POST', '/v1/leaderboards/arena/scores/batch', {
    submissions: [old, { playerId: 'p2', score: 2, submissionId: 'other' }, { ...old, score: 51 }],
  })
  expect(batch.body.receipts).toMatchObject([
    { ...said, standings: items },
    { applied: true, duplicate: false },
    { error: { code: 'IDEMPOTENCY_CONFLICT' } },
  ])
  const socket = await connectSocket(stack.url, await stack.token('server', 'game'))
  const acked = await ask<Receipt>(socket, 'score:submit', { leaderboard: 'arena', ...old })
  expect(acked.data).toMatchObject({ ...said, standings: items })
  socket.disconnect()
})

test('what is sent after the removal counts, and is taken away by the next one only', async () => {
  await stack.board('again', { operator: 'sum' })
  const first = { playerId: 'q1', score: 5, submissionId: 's1' }
  const second = { playerId: 'q1', score: 7, submissionId: 's2' }
  await submit('again', first)
  await remove('again', 'q1')
  expect(await submit('again', second)).toMatchObject({ applied: true, standings: [{ score: 7, previousScore: null }] })
  // The rank and the total are those of now.
  expect(await submit('again', first)).toMatchObject({ standings: [{ ...gone, rank: 1, total: 1 }] })
  expect(await submit('again', second)).toMatchObject({ duplicate: true, applied: true, standings: [{ score: 7 }] })
  await remove('again', 'q1')
  for (const one of [first, second])
    expect(await submit('again', one)).toMatchObject({ reason: 'REMOVED', standings: [gone] })
})

test('sealed standings keep their entry, and its item stays as it was', async () => {
  await stack.board('cup', { types: ['GLOBAL', 'SESSION'] })
  const old = { playerId: 'r1', score: 9, submissionId: 's', sessionId: 'final' }
  await submit('cup', old)
  await sealByHand(stack, 'cup', 'final')
  await remove('cup', 'r1')
  expect(await submit('cup', old)).toMatchObject({
    applied: true,
    reason: null,
    standings: [
      { ...gone, standings: 'GLOBAL', total: 0 },
      { standings: 'SESSION:final', applied: true, reason: null, score: 9, rank: 1, total: 1 },
    ],
  })
})

test('regional standings: moved on and removed there, or lost with the region', async () => {
  await stack.board('world', { types: ['GLOBAL', 'REGIONAL'] })
  await stack.board('local', { types: ['REGIONAL'] })
  await region('t1', 'EU')
  const old = { playerId: 't1', score: 9, submissionId: 's' }
  for (const board of ['world', 'local']) await submit(board, old)
  await region('t1', 'US')
  for (const board of ['world', 'local'])
    expect(await submit(board, old)).toMatchObject({ applied: true, duplicate: true })
  await remove('world', 't1')
  expect(await submit('world', old)).toMatchObject({ reason: 'REMOVED', standings: [gone, gone] })
  await region('t1')
  expect(await submit('local', old)).toMatchObject({ reason: 'REMOVED', standings: [gone] })

  // GLOBAL holds what comes back with the next region.
  const other = { playerId: 't2', score: 8, submissionId: 's' }
  await region('t2', 'EU')
  await submit('world', other)
  await region('t2')
  expect(await submit('world', other)).toMatchObject({
    applied: true,
    standings: [{ applied: true }, { applied: true }],
  })
})

test('history says what was removed', async () => {
  await stack.board('told', { types: ['GLOBAL', 'SESSION'] })
  await submit('told', { playerId: 'u1', score: 3, sessionId: 'one' })
  await admin.send('POST', '/v1/players/u1/ban', { reason: 'cheats' })
  await admin.send('POST', '/v1/players/u1/unban')
  await sealByHand(stack, 'told', 'one')
  await submit('told', { playerId: 'u1', score: 4 })
  await remove('told', 'u1')
  await submit('told', { playerId: 'u1', score: 1 })
  const read = async (standings: string) => {
    const { body } = await admin.get<History>(`/v1/leaderboards/told/players/u1/history?standings=${standings}`)
    return body.entries.map(({ kind, score, reason }) => [kind, score, reason])
  }
  expect(await read('*')).toEqual([
    ['SCORE', 1, null],
    ['REMOVE', null, null],
    ['SCORE', 4, 'REMOVED'],
    ['UNBAN', null, null],
    ['BAN', null, 'cheats'],
    ['SCORE', 3, null],
  ])
  expect(await read('GLOBAL')).toContainEqual(['SCORE', 3, 'REMOVED'])
  expect(await read('SESSION:one')).toContainEqual(['SCORE', 3, null])
})
