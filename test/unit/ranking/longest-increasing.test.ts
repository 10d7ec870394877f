import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { longestIncreasing } from '../../../src/ranking/longest-increasing.ts'

// Only stops a hang, on a machine with other work to do.
vi.setConfig({ testTimeout: 60_000 })

test.each([
  [[], []],
  [[5], [0]],
  [[3, 2, 1], [2]],
  [
    [1, 2, 3],
    [0, 1, 2],
  ],
  [[2, 2, 2], [2]],
  [
    [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    [0, 4, 6, 9, 13, 15],
  ],
])('%j: the values at %j', (values, indexes) => {
  expect(longestIncreasing(values)).toEqual(indexes)
})

test('is increasing, and as long as the quadratic way finds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40 }), (values) => {
      const chosen = longestIncreasing(values)
      for (const [at, index] of chosen.entries()) {
        if (at === 0) continue
        expect(index).toBeGreaterThan(chosen[at - 1]!)
        expect(values[index]).toBeGreaterThan(values[chosen[at - 1]!]!)
      }
      const lengths: number[] = []
      for (const [index, value] of values.entries()) {
        lengths.push(1 + Math.max(0, ...lengths.filter((_, before) => values[before]! < value && before < index)))
      }
      expect(chosen).toHaveLength(Math.max(0, ...lengths))
    }),
    { numRuns: 1000 },
  )
})
