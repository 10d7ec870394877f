import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TieRule } from '../../../src/ranking/leaderboard.ts'
import { orders, rankStyles, tieRules } from '../../../src/ranking/leaderboard.ts'
import { assignRanks, compareEntries, scoreOfKey, sortKey, tieKey, tieWidth } from '../../../src/ranking/order.ts'

const MAX_TIE = 2 ** 48 - 1

const playerIds = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,9}$/)
const ties = fc.oneof(
  fc.integer({ min: 0, max: MAX_TIE }),
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 2 ** 24 - 70, max: 2 ** 24 + 70 }),
)

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

describe('sortKey', () => {
  test.each(orders)('%s: the better score has the lesser key, and the key gives the score back', (order) => {
    const [worse, better] = order === 'desc' ? [-7, 12] : [12, -7]
    expect(sortKey({ order }, better)).toBeLessThan(sortKey({ order }, worse))
    for (const score of [0, 1, -1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]) {
      expect(scoreOfKey({ order }, sortKey({ order }, score))).toBe(score)
    }
  })

  test.each(orders)('%s: never -0', (order) => {
    expect(sortKey({ order }, 0)).toBe(0)
    expect(sortKey({ order }, -0)).toBe(0)
    expect(scoreOfKey({ order }, 0)).toBe(0)
  })
})

describe('tieKey', () => {
  test.each<[TieRule, number, string]>([
    ['first', 0, '--------'],
    ['first', 1, '-------0'],
    ['first', 63, '-------z'],
    ['first', 64, '------0-'],
    ['first', 2 ** 24, '---0----'],
    ['first', MAX_TIE, 'zzzzzzzz'],
    ['last', 0, 'zzzzzzzz'],
    ['last', 1, 'zzzzzzzy'],
    ['last', MAX_TIE, '--------'],
    ['id', 12345, ''],
  ])('%s %d is "%s"', (rule, tie, key) => {
    expect(tieKey(rule, tie)).toBe(key)
  })

  test.each([-1, MAX_TIE + 1, 0.5, NaN])('refuses %d', (tie) => {
    expect(() => tieKey('first', tie)).toThrow(RangeError)
  })

  test('has the order of the numbers, turned round for last, at a fixed width', () => {
    fc.assert(
      fc.property(ties, ties, (a, b) => {
        const order = Math.sign(a - b)
        expect(compareBytes(tieKey('first', a), tieKey('first', b))).toBe(order)
        expect(compareBytes(tieKey('last', a), tieKey('last', b))).toBe(0 - order)
        for (const rule of tieRules) expect(tieKey(rule, a)).toHaveLength(tieWidth(rule))
      }),
      { numRuns: 1000 },
    )
  })
})

test('compareEntries has the order of (sort key, bytes of tie key and player id)', () => {
  const entry = fc.record({ playerId: playerIds, score: fc.integer({ min: -2, max: 2 }), tie: ties })
  const boards = fc.record({ order: fc.constantFrom(...orders), ties: fc.constantFrom(...tieRules) })
  fc.assert(
    fc.property(boards, fc.array(entry, { maxLength: 30 }), (board, entries) => {
      const byKeys = entries.toSorted((a, b) => {
        const keys = sortKey(board, a.score) - sortKey(board, b.score)
        const [left, right] = [a, b].map(({ tie, playerId }) => tieKey(board.ties, tie) + playerId)
        return keys || compareBytes(left ?? '', right ?? '')
      })
      expect(entries.toSorted(compareEntries(board))).toEqual(byKeys)
    }),
    { numRuns: 300 },
  )
})

describe('assignRanks', () => {
  test.each([
    ['ordinal', [9, 9, 8, 7], 0, 1, [1, 2, 3, 4]],
    ['competition', [9, 9, 8, 7], 0, 1, [1, 1, 3, 4]],
    ['competition', [9, 8, 8, 7], 0, 1, [1, 2, 2, 4]],
    ['competition', [8, 8, 7], 4, 3, [3, 3, 7]],
    ['ordinal', [8, 8, 7], 4, 5, [5, 6, 7]],
    ['competition', [], 4, 3, []],
  ] as const)('%s %j from %i', (style, scores, offset, firstRank, ranks) => {
    expect(assignRanks(style, [...scores], offset, firstRank)).toEqual(ranks)
  })

  test('any page has the ranks that counting gives', () => {
    const cases = fc.record({
      style: fc.constantFrom(...rankStyles),
      scores: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 40 }),
      from: fc.nat(39),
      length: fc.nat(40),
    })
    fc.assert(
      fc.property(cases, ({ style, scores, from, length }) => {
        const sorted = scores.toSorted((a, b) => b - a)
        const counted = sorted.map((score, index) =>
          style === 'ordinal' ? index + 1 : sorted.filter((other) => other > score).length + 1,
        )
        const offset = from % sorted.length
        const page = sorted.slice(offset, offset + length)
        expect(assignRanks(style, page, offset, counted[offset] ?? 0)).toEqual(counted.slice(offset, offset + length))
      }),
      { numRuns: 500 },
    )
  })
})
