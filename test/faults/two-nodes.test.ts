import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import type { Client } from '../helpers/client.ts'
import { submitBatchUntilAnswered, submitUntilAnswered, type Sent } from '../helpers/load.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import {
  connectTestRedis,
  errorLines,
  expectInLedger,
  expectListIsTruth,
  ledgerRows,
  readPage,
} from '../helpers/truth.ts'

const boards = ['total', 'peak'] as const
const players = Array.from({ length: 6 }, (_, index) => `p${index}`)

let stack: Stack
let redis: Redis
let nodes: Client[]
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  redis = connectTestRedis(stack.redis.url)
  nodes = [await stack.client('admin', 'tester', 0), await stack.client('admin', 'tester', 1)]
  await nodes[0]!.send('POST', '/v1/leaderboards', { id: 'total', operator: 'sum' })
  await nodes[0]!.send('POST', '/v1/leaderboards', { id: 'peak', operator: 'best' })
})
afterAll(async () => {
  redis.disconnect()
  await stack.stop()
})

test('two nodes take the same submissions of the same players at once: each counts once, on both', async () => {
  const sent: Sent[] = []
  const pairs: [Receipt, Receipt][] = []
  const make = (worker: number, round: number, index: number): Sent => {
    // Neighbouring workers name the players in opposite orders: locks taken in the order of arrival would deadlock.
    const at = worker % 2 === 0 ? index : players.length - 1 - index
    const one = {
      playerId: players[at]!,
      score: 1 + ((worker * 7 + round * 3 + at) % 50),
      submissionId: `${worker}-${round}-${at}`,
    }
    sent.push(one)
    return one
  }
  const onBoth = async (worker: number, round: number) => {
    const board = boards[round % 2]!
    // Half of the rounds send to the second node first.
    const order = worker % 2 === 0 ? nodes : nodes.toReversed()
    if (round % 4 < 2) {
      const one = make(worker, round, round % players.length)
      const receipts = await Promise.all(order.map((node) => submitUntilAnswered(() => node, board, one)))
      pairs.push([receipts[0]!, receipts[1]!])
      return
    }
    const batch = players.map((_, index) => make(worker, round, index))
    const [first, second] = await Promise.all([
      submitBatchUntilAnswered(() => order[0]!, board, batch),
      submitBatchUntilAnswered(() => order[1]!, board, batch.toReversed()),
    ])
    second.reverse()
    first.forEach((receipt, index) => pairs.push([receipt, second[index]!]))
  }
  await Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      for (let round = 0; round < 40; round++) await onBoth(worker, round)
    }),
  )

  expect(pairs).toHaveLength(sent.length)
  for (const [a, b] of pairs) {
    expect(a.duplicate).toBe(!b.duplicate)
    expect(a.standings.map((item) => [item.score, item.applied])).toEqual(
      b.standings.map((item) => [item.score, item.applied]),
    )
  }
  await expectInLedger(stack, pairs.flat())
  const [count] = await stack.sql<{ n: number }[]>`select count(*)::int as n from submissions`
  expect(count!.n).toBe(sent.length)

  for (const board of boards) {
    const rows = await ledgerRows(stack, board, board === 'total' ? 'sum' : 'best')
    for (const node of nodes)
      expect(await readPage(node, board)).toEqual({ source: 'redis', total: players.length, rows })
    await expectListIsTruth(stack, redis, board)
  }
  expect(stack.servers.flatMap((server) => errorLines(server.logs))).toEqual([])
})

test('the ranks of receipts on two nodes are those of one list', async () => {
  await nodes[0]!.send('POST', '/v1/leaderboards', { id: 'turns' })
  // Awaited one by one, on alternating nodes: the n-th best score of n players takes the first place.
  for (let n = 1; n <= 20; n++) {
    const { body } = await nodes[n % 2]!.submit<Receipt>('turns', { playerId: `t${n}`, score: n })
    expect(body.standings[0]).toMatchObject({ rank: 1, previousRank: null, total: n })
    const moved = await nodes[(n + 1) % 2]!.submit<Receipt>('turns', { playerId: 't1', score: n })
    expect(moved.body.standings[0]).toMatchObject({ rank: n === 1 ? 1 : 2, total: n })
  }
})
