import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOrder } from '../../../src/demo/in-order.ts'

const teams = ['a', 'b', 'c', 'd', 'e', 'f']
const fixtures = fc.array(fc.shuffledSubarray(teams, { minLength: 2, maxLength: 2 }), { maxLength: 40 })

/** Resolves after some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

test('items of one key are finished one after the other in the order of the list, within the limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fixtures,
      fc.integer({ min: 1, max: 8 }),
      fc.infiniteStream(fc.nat(3)),
      async (list, limit, waits) => {
        const items = list.map((keys, at) => ({ keys, at }))
        const done: number[] = []
        const early: number[] = []
        let open = 0
        let most = 0
        await inOrder(items, limit, {
          keys: ({ keys }) => keys,
          async prepare({ at }) {
            most = Math.max(most, ++open)
            await turns(waits.next().value)
            return at
          },
          async finish({ keys, at }, prepared) {
            const earlier = items.filter((other) => other.at < at && other.keys.some((key) => keys.includes(key)))
            if (prepared !== at || earlier.some((other) => !done.includes(other.at))) early.push(at)
            await turns(waits.next().value)
            done.push(at)
            open--
          },
        })
        expect(early).toEqual([])
        expect(done.toSorted((a, b) => a - b)).toEqual(items.map(({ at }) => at))
        expect(most).toBeLessThanOrEqual(limit)
      },
    ),
    { numRuns: 60 },
  )
})

test('items without a common key are under way together, and prepared before their turn', async () => {
  const events: string[] = []
  await inOrder(['ab', 'cd', 'ac'], 3, {
    keys: (item) => item.split(''),
    async prepare(item) {
      events.push(`prepare ${item}`)
      await turns(1)
    },
    async finish(item) {
      events.push(`finish ${item}`)
      await turns(2)
      events.push(`end ${item}`)
    },
  })
  expect(events).toEqual([
    'prepare ab',
    'prepare cd',
    'prepare ac',
    'finish ab',
    'finish cd',
    'end ab',
    'end cd',
    'finish ac',
    'end ac',
  ])
})

test('after a failure nothing that waits for it is finished, nothing new starts, and it is thrown', async () => {
  const finished: string[] = []
  const prepared: string[] = []
  const run = inOrder(['ab', 'cd', 'ac', 'ef', 'df'], 3, {
    keys: (item) => item.split(''),
    async prepare(item) {
      prepared.push(item)
    },
    async finish(item) {
      await turns(1)
      if (item === 'ab') throw new Error('postponed')
      finished.push(item)
    },
  })
  await expect(run).rejects.toThrow('postponed')
  expect(finished).toEqual(['cd'])
  expect(prepared).toEqual(['ab', 'cd', 'ac'])
})
