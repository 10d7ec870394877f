import { array, assert, integer, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBudget } from '../../../src/jobs/copy-budget.ts'
import { createRestoreQueue } from '../../../src/jobs/restore-queue.ts'

describe('what waits to be restored', () => {
  test('the highest rank first, then whoever came first, and only lists of one leaderboard and rank together', () => {
    const entry = record({ no: integer({ min: 1, max: 3 }), rank: integer({ min: 0, max: 3 }) })
    assert(
      property(array(entry, { maxLength: 40 }), integer({ min: 1, max: 5 }), (entries, limit) => {
        const queue = createRestoreQueue<(typeof entries)[number]>()
        for (const one of entries) queue.add(one, one.no, one.rank)
        const left = new Set(entries)
        while (left.size > 0) {
          expect(queue.size()).toBe(left.size)
          const rank = Math.max(...[...left].map((one) => one.rank))
          const taken = queue.take(limit)
          const alike = [...left].filter((one) => one.rank === rank && one.no === taken[0]!.no)
          expect(taken).toEqual(alike.slice(0, limit))
          for (const one of taken) left.delete(one)
        }
        expect([queue.size(), queue.take(limit)]).toEqual([0, []])
      }),
    )
  })

  test('what is asked for again moves ahead, never back', () => {
    const queue = createRestoreQueue<{ name: string }>()
    const [one, two, three] = ['one', 'two', 'three'].map((name) => ({ name }))
    queue.add(one!, 1, 0)
    queue.add(two!, 1, 0)
    queue.add(three!, 1, 2)
    queue.add(two!, 1, 1)
    queue.add(three!, 1, 0)
    expect(queue.some(2)).toHaveLength(2)
    expect([queue.take(9), queue.take(9), queue.take(9)]).toEqual([[three], [two], [one]])
    expect(queue.has(one!)).toBe(false)
  })
})

describe('a budget', () => {
  /** Work that ends when it is told to. */
  const start = (inBudget: ReturnType<typeof createBudget>, size: number) => {
    let [begun, end] = [false, () => {}]
    const done = inBudget(size, () => {
      begun = true
      return new Promise<void>((resolve) => (end = resolve))
    })
    return { begun: () => begun, end: () => (end(), done) }
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  test('what fits together runs together; what does not waits its turn; what is too large runs alone', async () => {
    const inBudget = createBudget(10)
    const works = [4, 6, 1, 50, 2].map((size) => start(inBudget, size))
    const running = async () => {
      await turn()
      return works.map((work) => work.begun())
    }
    expect(await running()).toEqual([true, true, false, false, false])
    await works[0]!.end()
    expect(await running()).toEqual([true, true, true, false, false])
    await works[1]!.end()
    expect(await running()).toEqual([true, true, true, false, false])
    await works[2]!.end()
    expect(await running()).toEqual([true, true, true, true, false])
    await works[3]!.end()
    expect(await running()).toEqual([true, true, true, true, true])
    await works[4]!.end()
  })

  test('work that fails gives back what it held', async () => {
    const inBudget = createBudget(10)
    await expect(inBudget(50, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await inBudget(10, () => Promise.resolve(7))).toBe(7)
  })
})
