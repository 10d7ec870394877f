import { expect, test } from 'vitest'
import { percentile } from '../../../src/ranking/percentile.ts'

test.each([
  [1, 1, 100],
  [1, 1000, 100],
  [1000, 1000, 0.1],
  [12, 1000, 98.9],
  [2, 3, 66.67],
  [3, 3, 33.33],
  [1, 10_000_000, 100],
  [10_000_000, 10_000_000, 0],
  [2, 7, 85.71],
  [79_999, 80_000, 0],
  [79_997, 80_000, 0.01],
])('rank %i of %i is %d', (rank, total, expected) => {
  expect(percentile(rank, total)).toBe(expected)
})
