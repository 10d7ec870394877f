import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatScore, parseScore, scoreLimit } from '../../../src/ranking/score.ts'

const decimals = fc.integer({ min: 0, max: 6 })

test.each([
  [0, 0, 0],
  [-0, 0, 0],
  [-0, 2, 0],
  [42, 0, 42],
  [1e15, 0, 1_000_000_000_000_000],
  [2 ** 53 - 1, 0, 9_007_199_254_740_991],
  [-(2 ** 53 - 1), 0, -9_007_199_254_740_991],
  [1.005, 3, 1005],
  [1.1, 2, 110],
  [-0.07, 2, -7],
  [4.35, 2, 435],
  [1e-6, 6, 1],
  [-2e-6, 6, -2],
  [9_999_999_999_999.99, 2, 999_999_999_999_999],
  [999_999_999.999999, 6, 999_999_999_999_999],
])('%d with %i decimals is the scaled integer %i', (value, digits, scaled) => {
  expect(parseScore(value, digits)).toEqual({ scaled })
})

test.each([
  [NaN, 0, 'VALIDATION'],
  [Infinity, 6, 'VALIDATION'],
  [-Infinity, 0, 'VALIDATION'],
  [0.5, 0, 'VALIDATION'],
  [1.234, 2, 'VALIDATION'],
  [0.1 + 0.2, 6, 'VALIDATION'],
  [1e-7, 6, 'VALIDATION'],
  [-2.5e-6, 6, 'VALIDATION'],
  [5e-324, 6, 'VALIDATION'],
  [2 ** 53, 0, 'SCORE_OUT_OF_RANGE'],
  [-(2 ** 53), 0, 'SCORE_OUT_OF_RANGE'],
  [1e21, 0, 'SCORE_OUT_OF_RANGE'],
  [1.5e300, 6, 'SCORE_OUT_OF_RANGE'],
  [Number.MAX_VALUE, 6, 'SCORE_OUT_OF_RANGE'],
  [1_000_000_000, 6, 'SCORE_OUT_OF_RANGE'],
  [-10_000_000_000_000, 2, 'SCORE_OUT_OF_RANGE'],
  [100_000_000_000_000, 1, 'SCORE_OUT_OF_RANGE'],
])('%d with %i decimals is refused: %s', (value, digits, error) => {
  expect(parseScore(value, digits)).toMatchObject({ error })
})

test('a refusal says what was allowed', () => {
  expect(parseScore(0.123, 2)).toHaveProperty('detail', 'score must have at most 2 decimal digits')
  expect(parseScore(1e13, 2)).toHaveProperty('detail', 'score must be between -9999999999999.99 and 9999999999999.99')
})

test('every scaled score survives the way to the client and back', () => {
  const scores = decimals.chain((digits) => {
    const limit = scoreLimit(digits)
    return fc.tuple(fc.constant(digits), fc.oneof(fc.integer({ min: -limit, max: limit }), fc.integer()))
  })
  fc.assert(
    fc.property(scores, ([digits, scaled]) => {
      const shown = formatScore(scaled, digits)
      expect(parseScore(shown, digits)).toEqual({ scaled })
      expect(parseScore(JSON.parse(JSON.stringify(shown)) as number, digits)).toEqual({ scaled })
    }),
  )
})

test('a parsed number is the number it was, whatever its form', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.double({ min: -1e4, max: 1e4 })), decimals, (value, digits) => {
      const parsed = parseScore(value, digits)
      if ('error' in parsed) return
      expect(Number.isSafeInteger(parsed.scaled)).toBe(true)
      expect(Object.is(parsed.scaled, -0)).toBe(false)
      expect(formatScore(parsed.scaled, digits)).toBe(value + 0)
    }),
  )
})

test('the digits beyond the point decide, as written', () => {
  const written = fc.tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: -12, max: 9 }), decimals)
  fc.assert(
    fc.property(written, ([digits, places, allowed]) => {
      // The oracle moves the point in the text: digits x 10^-places, trailing zeros not counted.
      let [integer, fraction] = [digits, places]
      while (fraction > 0 && integer % 10 === 0) [integer, fraction] = [integer / 10, fraction - 1]
      const parsed = parseScore(Number(`${digits}e${-places}`), allowed)
      const scaled = integer * 10 ** (allowed - fraction) + 0
      const inRange = Math.abs(scaled) <= scoreLimit(allowed) ? { scaled } : { error: 'SCORE_OUT_OF_RANGE' }
      expect(parsed).toMatchObject(fraction > allowed ? { error: 'VALIDATION' } : inRange)
    }),
  )
})
