import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backOff } from '../../../src/timing/back-off.ts'

test.each([
  [{ baseMs: 100, maxMs: 2000 }, 0, [50, 100, 200, 400, 800, 1000, 1000]],
  [{ baseMs: 100, maxMs: 2000 }, 1, [100, 200, 400, 800, 1600, 2000, 2000]],
  [{ baseMs: 100, maxMs: 2000 }, 0.5, [75, 150, 300, 600, 1200, 1500, 1500]],
  [{ baseMs: 100, maxMs: 2000, attempts: 3 }, 1, [100, 200, 400, 400, 400, 400, 400]],
  [{ baseMs: 100, maxMs: 2000, attempts: 0 }, 1, [100, 100, 100, 100, 100, 100, 100]],
  [{ baseMs: 5000, maxMs: 2000 }, 1, [2000, 2000, 2000, 2000, 2000, 2000, 2000]],
])('%j with the chance %d', (limits, chance, delays) => {
  expect(delays.map((_, at) => backOff(at + 1, limits, chance))).toEqual(delays)
})

const milliseconds = fc.integer({ min: 1, max: 2_147_483_647 })
const limits = fc.record(
  { baseMs: milliseconds, maxMs: milliseconds, attempts: fc.nat() },
  { requiredKeys: ['baseMs', 'maxMs'] },
)

test('never shorter than half of the base, never longer than the longest, and growing in between', () => {
  fc.assert(
    fc.property(limits, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (of, attempt, chance) => {
      const delay = backOff(attempt, of, chance)
      expect(delay).toBeGreaterThanOrEqual(Math.min(of.baseMs, of.maxMs) / 2)
      expect(delay).toBeLessThanOrEqual(of.maxMs)
      expect(backOff(attempt + 1, of, chance)).toBeGreaterThanOrEqual(delay)
      expect(backOff(attempt, of, 1)).toBeLessThanOrEqual(2 * backOff(attempt, of, 0))
    }),
  )
})

test('it differs by chance', () => {
  const delays = Array.from({ length: 20 }, () => backOff(3, { baseMs: 100, maxMs: 2000 }))
  expect(new Set(delays).size).toBeGreaterThan(1)
})
