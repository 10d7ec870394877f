import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import { createClient, type Client } from '../helpers/client.ts'
import { submitUntilAnswered } from '../helpers/load.ts'
import { comesFromRedis, expectReadsRight } from '../helpers/reads.ts'
import { startRedisProxy } from '../helpers/redis-proxy.ts'
import type { ServerProcess } from '../helpers/server.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { errorLines, expectInLedger, ledgerRows } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'
import { startFaultProxy, type FaultProxy } from './harness/fault-proxy.ts'

// A network that forgets connections: nobody closes them, and what is sent on them never arrives.

let stack: Stack
let toRedis: Awaited<ReturnType<typeof startRedisProxy>>
let toPostgres: FaultProxy
let server: ServerProcess
let client: Client
beforeAll(async () => {
  stack = await startStack({ nodes: 0 })
  const postgresUrl = new URL(stack.env.DATABASE_URL!)
  toRedis = await startRedisProxy(stack.redis)
  toPostgres = await startFaultProxy(Number(postgresUrl.port), 'postgres')
  postgresUrl.port = String(toPostgres.port)
  server = await stack.addServer({ REDIS_URL: toRedis.url, DATABASE_URL: postgresUrl.href })
  client = createClient(server.url, await stack.token('admin', 'tester'))
})
afterAll(async () => {
  await stack.stop()
  await toRedis.close()
  await toPostgres.close()
})

async function makeBoard(id: string): Promise<void> {
  await client.send('POST', '/v1/leaderboards', { id, operator: 'sum' })
  for (let n = 1; n <= 5; n++) await client.submit(id, { playerId: `p${n}`, score: n })
  await comesFromRedis(stack, client, id, 'sum')
}

test('connections to Redis that died unnoticed are replaced', async () => {
  await makeBoard('no-redis')
  toRedis.blackhole('forget')
  const { body } = await client.submit<Receipt>('no-redis', { playerId: 'p1', score: 10 })
  expect(body).toMatchObject({ applied: true, degraded: true })
  const sources = await expectReadsRight(client, 'no-redis', await ledgerRows(stack, 'no-redis', 'sum'))
  expect(new Set(sources)).toEqual(new Set(['postgres']))
  toRedis.heal()
  await comesFromRedis(stack, client, 'no-redis', 'sum')
  const after = await client.submit<Receipt>('no-redis', { playerId: 'p1', score: 1 })
  expect(after.body).toMatchObject({ degraded: false })
})

test('connections to Postgres that died unnoticed are replaced', async () => {
  await makeBoard('no-postgres')
  const rows = await ledgerRows(stack, 'no-postgres', 'sum')
  toPostgres.blackhole('forget')
  const sent = Array.from({ length: 10 }, (_, at) => ({ playerId: `p${at}`, score: 5, submissionId: `s${at}` }))
  const answers = await Promise.all(
    sent.map(async (one, at) => {
      await sleep(at * 200)
      return client.submit<{ code: string }>('no-postgres', one)
    }),
  )
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(sent.map(() => [503, 'UNAVAILABLE']))
  expect(new Set(await expectReadsRight(client, 'no-postgres', rows))).toEqual(new Set(['redis']))
  // Whether somebody without a rank is hidden is a question for Postgres, and nobody waits for ever for its answer.
  expect(await client.get('/v1/leaderboards/no-postgres/players/nobody')).toMatchObject({ status: 404 })
  toPostgres.heal()
  const receipts = await Promise.all(sent.map((one) => submitUntilAnswered(() => client, 'no-postgres', one)))
  await expectInLedger(stack, receipts)
  await comesFromRedis(stack, client, 'no-postgres', 'sum')
  await eventually(async () => expect((await client.get('/health')).body).toMatchObject({ status: 'ok' }))
  // Cold paths too: a definition, and a profile that nobody has asked for.
  await client.send('POST', '/v1/leaderboards', { id: 'later' })
  expect((await client.get('/v1/players/p3')).status).toBe(200)
  expect(errorLines(server.logs)).toEqual([])
})

test('connections that died unnoticed between two requests are replaced', async () => {
  await makeBoard('idle')
  toPostgres.blackhole('forget')
  toRedis.blackhole('forget')
  toPostgres.heal()
  toRedis.heal()
  const receipt = await submitUntilAnswered(() => client, 'idle', { playerId: 'p1', score: 10, submissionId: 'idle-1' })
  await expectInLedger(stack, [receipt])
  await comesFromRedis(stack, client, 'idle', 'sum')
  expect(errorLines(server.logs)).toEqual([])
})
