import { expect, test } from 'vitest'
import { createPace } from '../../../src/demo/pace.ts'

function setUp(daysPerSecond: number) {
  const sleeps: number[] = []
  const clock = {
    time: 5000,
    now: () => clock.time,
    async sleep(ms: number) {
      sleeps.push(ms)
      clock.time += ms
    },
  }
  return { pace: createPace(daysPerSecond, clock), sleeps, clock }
}

test('a day comes when its turn has, counted from the first one', async () => {
  const { pace, sleeps, clock } = setUp(100)
  for (const date of ['1872-11-30', '1872-11-30', '1873-03-10', '1873-03-11']) await pace(date)
  expect(sleeps).toEqual([1000, 10])
  clock.time += 500
  await pace('1873-04-20') // 141 days after the first: at 1410 ms, which have passed
  await pace('1873-05-09')
  expect(sleeps).toEqual([1000, 10, 90])
})

test('at full speed nothing waits', async () => {
  const { pace, sleeps } = setUp(Infinity)
  await pace('1872-11-30')
  await pace('2026-07-19')
  expect(sleeps).toEqual([])
})
