import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { sumOf } from '../../../src/ranking/list-sum.ts'
import { formatScore } from '../../../src/ranking/score.ts'

// Only stops a hang, on a machine with other work to do.
vi.setConfig({ testTimeout: 60_000 })

/** FNV-1a as in the draft, with integers of any size and bytes from the encoder. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5n
  for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * 0x01000193n) % 2n ** 32n
  return Number(hash)
}

describe('sumOf', () => {
  test('the reference agrees with the test vectors of the draft', () => {
    expect([fnv1a(''), fnv1a('a'), fnv1a('foobar')]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968])
  })

  // By hand with python3: h = 0x811c9dc5; for b in b"p1:4200\n": h = ((h ^ b) * 0x01000193) % 2**32
  test.each<[string, { playerId: string; score: number }[], number, number]>([
    ['an empty list', [], 0, 2166136261],
    ['one row', [{ playerId: 'p1', score: 4200 }], 0, 3307879440],
    [
      'two rows',
      [
        { playerId: 'p1', score: 4200 },
        { playerId: 'p2', score: -7 },
      ],
      0,
      2158903258,
    ],
    [
      'two rows, the other way round',
      [
        { playerId: 'p2', score: -7 },
        { playerId: 'p1', score: 4200 },
      ],
      0,
      2518125810,
    ],
    ['decimals', [{ playerId: 'a.b:c-d', score: 1.005 }], 3, 3639385056],
    [
      'the greatest and the least score',
      [
        { playerId: 'x', score: 2 ** 53 - 1 },
        { playerId: 'y', score: 1 - 2 ** 53 },
      ],
      0,
      458365479,
    ],
    ['-0 is 0', [{ playerId: 'z', score: -0 }], 2, 3628207823],
  ])('%s', (_, rows, decimals, sum) => {
    expect(sumOf(rows, decimals)).toBe(sum)
  })

  test('is FNV-1a over the bytes of scaled integers, for scores as they are shown', () => {
    const cases = fc.integer({ min: 0, max: 6 }).chain((decimals) => {
      const bound = decimals === 0 ? Number.MAX_SAFE_INTEGER : 999_999_999_999_999
      const rows = fc.record({
        playerId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,9}$/),
        score: fc.oneof(fc.integer({ min: -bound, max: bound }), fc.integer({ min: bound - 99, max: bound })),
      })
      return fc.record({ decimals: fc.constant(decimals), rows: fc.array(rows, { maxLength: 20 }) })
    })
    fc.assert(
      fc.property(cases, ({ decimals, rows }) => {
        const shown = rows.map(({ playerId, score }) => ({ playerId, score: formatScore(score, decimals) }))
        const expected = fnv1a(rows.map(({ playerId, score }) => `${playerId}:${BigInt(score)}\n`).join(''))
        expect(sumOf(shown, decimals)).toBe(expected)
        expect(sumOf(rows)).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })
})
