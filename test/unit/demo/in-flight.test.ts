import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { chunks, inFlight } from '../../../src/demo/in-flight.ts'

test('every item runs once, in order, never more than the limit at a time', async () => {
  const items = Array.from({ length: 50 }, (_, n) => n)
  const started: number[] = []
  let running = 0
  let most = 0
  await inFlight(items, 4, async (item) => {
    started.push(item)
    most = Math.max(most, ++running)
    await turn()
    running--
  })
  expect(started).toEqual(items)
  expect(most).toBe(4)
})

test('after a failure nothing new starts, what runs ends, and the failure is thrown', async () => {
  const ended: number[] = []
  const run = inFlight([0, 1, 2, 3, 4, 5], 2, async (item) => {
    await turn()
    if (item === 2) throw new Error('two')
    await turn()
    ended.push(item)
  })
  await expect(run).rejects.toThrow('two')
  expect(ended).toEqual([0, 1, 3])
})

test('chunks cover everything, the last one smaller', () => {
  expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
  expect(chunks([], 2)).toEqual([])
})
