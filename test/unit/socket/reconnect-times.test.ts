import { expect, test } from 'vitest'
import { reconnectInMs } from '../../../src/socket/reconnect-times.ts'

test.each([
  [1, 500],
  [100, 549],
  [2000, 1499],
  [20_000, 10_499],
  [100_000, 10_499],
])('of %d clients the last comes back after %d ms, and none much sooner than the others', (count, last) => {
  const times = Array.from({ length: count }, (_, at) => reconnectInMs(at, count))
  expect([times[0], times.at(-1)]).toEqual([500, last])
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  const inSecond = Array.from({ length: 10 }, () => 0)
  for (const ms of times) inSecond[Math.floor((ms - 500) / 1000)]!++
  const busiest = Math.max(...inSecond)
  expect(busiest).toBeLessThanOrEqual(Math.max(2000, count / 10))
})
