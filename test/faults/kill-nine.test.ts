import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import { createClient, type Client } from '../helpers/client.ts'
import { keepBusy, submitBatchUntilAnswered, submitUntilAnswered, type Sent } from '../helpers/load.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { errorLines, expectInLedger, expectListIsTruth, ledgerRows, readPage } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

const kills = 20
const players = 30

let stack: Stack
let redis: RedisClient
beforeAll(async () => {
  stack = await startStack()
  redis = stack.redisClient()
})
afterAll(() => stack.stop())

test(
  'kill -9 at random moments under load, 20 times: every receipt is stored, once',
  { timeout: 300_000 },
  async () => {
    const token = await stack.token('admin', 'tester')
    let current: Client = createClient(stack.url, token)
    await current.send('POST', '/v1/leaderboards', { id: 'total', operator: 'sum', types: ['GLOBAL', 'DAILY'] })
    await current.send('POST', '/v1/leaderboards', { id: 'peak', operator: 'best' })

    const sent: (Sent & { leaderboard: string })[] = []
    const receipts: Receipt[] = []
    const load = keepBusy(8, async (worker, round) => {
      const leaderboard = round % 3 === 0 ? 'peak' : 'total'
      const size = round % 5 === 4 ? 10 : 1
      const batch = Array.from({ length: size }, (_, index) => ({
        playerId: `p${Math.floor(Math.random() * players)}`,
        score: 1 + Math.floor(Math.random() * 1000),
        submissionId: `${worker}-${round}-${index}`,
      }))
      sent.push(...batch.map((one) => ({ ...one, leaderboard })))
      if (size > 1) receipts.push(...(await submitBatchUntilAnswered(() => current, leaderboard, batch)))
      else receipts.push(await submitUntilAnswered(() => current, leaderboard, batch[0]!))
      await sleep(5)
    })

    let server = stack.servers[0]!
    for (let kill = 0; kill < kills; kill++) {
      await sleep(100 + Math.random() * 900)
      const before = receipts.length
      server.kill('SIGKILL')
      await server.exited
      server = await stack.addServer()
      current = createClient(server.url, token)
      await eventually(() => expect(receipts.length).toBeGreaterThan(before))
    }
    await load.stop()

    expect(receipts).toHaveLength(sent.length)
    await expectInLedger(stack, receipts)
    await expectInLedger(stack, sent)
    const [count] = await stack.sql<{ n: number }[]>`select count(*)::int as n from submissions`
    expect(count!.n).toBe(sent.length)
    for (const [board, operator] of [
      ['total', 'sum'],
      ['peak', 'best'],
    ] as const) {
      const rows = await ledgerRows(stack, board, operator)
      await eventually(async () =>
        expect(await readPage(current, board)).toEqual({ source: 'redis', total: rows.length, rows }),
      )
      await expectListIsTruth(stack, redis, board)
    }
    expect(stack.servers.flatMap(({ logs }) => errorLines(logs))).toEqual([])
  },
)
