import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { submitBatchUntilAnswered, submitUntilAnswered, type Sent } from '../helpers/load.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { errorLines, expectInLedger, expectListIsTruth, ledgerRows, readPage } from '../helpers/oracle/truth.ts'

const boards = ['total', 'peak'] as const
const players = Array.from({ length: 6 }, (_, index) => `p${index}`)

let stack: Stack
let redis: RedisClient
let nodes: Client[]
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  redis = stack.redisClient()
  nodes = [await stack.client('admin', 'tester', 0), await stack.client('admin', 'tester', 1)]
  await nodes[0]!.send('POST', '/v1/leaderboards', { id: 'total', operator: 'sum' })
  await nodes[0]!.send('POST', '/v1/leaderboards', { id: 'peak', operator: 'best' })
})
afterAll(() => stack.stop())

test('two nodes take submissions of the same players at once, many of them twice: each counts once', async () => {
  const sent: Sent[] = []
  const receipts: Receipt[] = []
  const pairs: [Receipt, Receipt][] = []
  const make = (worker: number, round: number, index: number, mark: string): Sent => {
    // Neighbouring workers name the players in opposite orders: locks taken in the order of arrival would deadlock.
    const at = worker % 2 === 0 ? index : players.length - 1 - index
    const one = {
      playerId: players[at]!,
      score: 1 + ((worker * 7 + round * 3 + at) % 50),
      submissionId: `${worker}-${round}-${at}-${mark}`,
    }
    sent.push(one)
    return one
  }
  // The same submissions to both nodes at the same time, and to each node some of its own for the same players.
  const onBoth = async (worker: number, round: number) => {
    const board = boards[round % 2]!
    const indices = round % 4 < 2 ? [round % players.length] : [...players.keys()]
    const shared = indices.map((index) => make(worker, round, index, 'both'))
    const [first, second] = await Promise.all(
      nodes.map(async (node, at) => {
        const own = indices.map((index) => make(worker, round, index, `node${at}`))
        if (indices.length === 1) {
          const one = await submitUntilAnswered(() => node, board, own[0]!)
          receipts.push(one)
          return [await submitUntilAnswered(() => node, board, shared[0]!)]
        }
        const batch = at === 0 ? [...shared, ...own] : [...own.toReversed(), ...shared.toReversed()]
        const answers = await submitBatchUntilAnswered(() => node, board, batch)
        const answerOf = new Map(answers.map((one) => [one.submissionId, one]))
        receipts.push(...own.map((one) => answerOf.get(one.submissionId)!))
        return shared.map((one) => answerOf.get(one.submissionId)!)
      }),
    )
    first!.forEach((receipt, index) => pairs.push([receipt, second![index]!]))
  }
  await Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      for (let round = 0; round < 40; round++) await onBoth(worker, round)
    }),
  )

  expect(receipts.filter((one) => one.duplicate)).toEqual([])
  expect(pairs.length + receipts.length).toBe(sent.length)
  for (const [a, b] of pairs) {
    expect(a.duplicate).toBe(!b.duplicate)
    expect(a.standings.map((item) => [item.score, item.applied])).toEqual(
      b.standings.map((item) => [item.score, item.applied]),
    )
  }
  await expectInLedger(stack, [...receipts, ...pairs.flat()])
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
