import { expect, test } from 'vitest'
import { medianBy, percentile } from '../../../bench/lib/statistics.ts'

test('percentile is the nearest rank', () => {
  // The example of https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
  const values = [15, 20, 35, 40, 50]
  expect([5, 30, 40, 50, 100].map((percent) => percentile(values, percent))).toEqual([15, 20, 20, 35, 50])
  expect(percentile(Float64Array.of(7), 99)).toBe(7)
  expect(percentile([], 50)).toBeNaN()
})

test('the median is an element, the lower of two', () => {
  const runs = [{ rate: 30 }, { rate: 10 }, { rate: 20 }, { rate: 40 }]
  expect(medianBy(runs, (run) => run.rate)).toBe(runs[2])
  expect(medianBy(runs.slice(0, 3), (run) => run.rate)).toBe(runs[2])
  expect(() => medianBy([], () => 0)).toThrow(RangeError)
})
