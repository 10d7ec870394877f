import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FoldResult } from '../../../src/ranking/fold.ts'
import { foldScore } from '../../../src/ranking/fold.ts'
import type { Leaderboard } from '../../../src/ranking/leaderboard.ts'
import { operators, orders } from '../../../src/ranking/leaderboard.ts'
import { scoreLimit } from '../../../src/ranking/score.ts'

type Board = Pick<Leaderboard, 'order' | 'operator' | 'decimals'>

const MAX = Number.MAX_SAFE_INTEGER

const applied = (score: number): FoldResult => ({ kind: 'applied', score })
const notBetter = (score: number): FoldResult => ({ kind: 'kept', score, reason: 'NOT_BETTER' })
const unchanged = (score: number): FoldResult => ({ kind: 'kept', score, reason: 'UNCHANGED' })
const outOfRange: FoldResult = { kind: 'out-of-range' }

describe.each<[Board['operator'], Board['order'], [number | null, number, FoldResult][]]>([
  [
    'best',
    'desc',
    [
      [null, -5, applied(-5)],
      [10, 11, applied(11)],
      [10, 10, notBetter(10)],
      [10, 9, notBetter(10)],
      [-10, -9, applied(-9)],
    ],
  ],
  [
    'best',
    'asc',
    [
      [null, 5, applied(5)],
      [10, 9, applied(9)],
      [10, 10, notBetter(10)],
      [10, 11, notBetter(10)],
      [0, -1, applied(-1)],
    ],
  ],
  [
    'last',
    'desc',
    [
      [null, 0, applied(0)],
      [10, 3, applied(3)],
      [3, 10, applied(10)],
      [10, 10, unchanged(10)],
    ],
  ],
  [
    'sum',
    'desc',
    [
      [null, 0, applied(0)],
      [0, 0, unchanged(0)],
      [10, 0, unchanged(10)],
      [10, -3, applied(7)],
      [3, -3, applied(0)],
      [MAX - 1, 1, applied(MAX)],
      [MAX, 1, outOfRange],
      [MAX, 2, outOfRange],
      [MAX, MAX, outOfRange],
      [-MAX, -1, outOfRange],
      [MAX, -MAX, applied(0)],
    ],
  ],
])('%s, %s', (operator, order, rows) => {
  test.each(rows)('%s then %s', (current, submitted, expected) => {
    expect(foldScore({ order, operator, decimals: 0 }, current, submitted)).toEqual(expected)
  })
})

test('totals of a leaderboard with decimals stop at 15 digits', () => {
  const board: Board = { order: 'desc', operator: 'sum', decimals: 2 }
  const limit = scoreLimit(2)
  expect(foldScore(board, limit - 1, 1)).toEqual(applied(limit))
  expect(foldScore(board, limit, 1)).toEqual(outOfRange)
  expect(foldScore(board, -limit, -1)).toEqual(outOfRange)
})

test('agrees with a naive model in unlimited integers', () => {
  const boards = fc.record<Board>({
    order: fc.constantFrom(...orders),
    operator: fc.constantFrom(...operators),
    decimals: fc.integer({ min: 0, max: 6 }),
  })
  const cases = boards.chain((board) => {
    const limit = scoreLimit(board.decimals)
    const score = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: -limit, max: limit }),
      fc.integer({ min: limit - 3, max: limit }),
      fc.integer({ min: -limit, max: 3 - limit }),
    )
    return fc.tuple(fc.constant(board), fc.option(score), score)
  })
  fc.assert(
    fc.property(cases, ([board, current, submitted]) => {
      expect(foldScore(board, current, submitted)).toEqual(naiveFold(board, current, submitted))
    }),
    { numRuns: 1000 },
  )
})

function naiveFold(board: Board, current: number | null, submitted: number): FoldResult {
  const limit = BigInt(scoreLimit(board.decimals))
  const next = {
    best: () => {
      const both = [current ?? submitted, submitted]
      return BigInt(board.order === 'desc' ? Math.max(...both) : Math.min(...both))
    },
    last: () => BigInt(submitted),
    sum: () => BigInt(current ?? 0) + BigInt(submitted),
  }[board.operator]()
  if (next > limit || next < -limit) return outOfRange
  if (current === null || next !== BigInt(current)) return applied(Number(next))
  return board.operator === 'best' ? notBetter(current) : unchanged(current)
}
