import { expect, test } from 'vitest'
import { createLaneMemory } from '../../../../src/postgres/ledger/lane-memory.ts'

const entry = (score: number) => ({ score, version: score, tie: score, hidden: false })
const withTwo = () => {
  const memory = createLaneMemory()
  const two = { a: entry(1), b: entry(2) }
  memory.learn(new Map(Object.entries(two)), null)
  return memory
}

test('recalls all entries or none', () => {
  const memory = createLaneMemory()
  memory.learn(new Map([['a', entry(1)]]), null)
  expect(memory.recall(['a'])).toEqual(new Map([['a', entry(1)]]))
  expect(memory.recall(['a', 'b'])).toBeNull()
  memory.forget()
  expect(memory.recall(['a'])).toBeNull()
})

test('what it learns is not changed by what its teacher does later', () => {
  const memory = createLaneMemory()
  const taught = entry(1)
  memory.learn(new Map([['a', taught]]), null)
  taught.score = 2
  expect(memory.recall(['a'])!.get('a')).toEqual(entry(1))
})

test('drawn ids are good for one attempt', () => {
  const memory = createLaneMemory()
  memory.learn(new Map(), { first: 5, last: 9 })
  expect(memory.takeIds()).toEqual({ first: 5, last: 9 })
  expect(memory.takeIds()).toBeNull()
})

test('what was confirmed replaces what was recalled', () => {
  const memory = withTwo()
  const before = [...memory.recall(['a', 'b'])!.values()]
  memory.confirmed(
    [
      { before: before[0]!, after: entry(7) },
      { before: before[1]!, after: null },
    ],
    { first: 10, last: 12 },
  )
  expect([...memory.recall(['a', 'b'])!.values()]).toEqual([entry(7), entry(2)])
  expect(memory.takeIds()).toEqual({ first: 10, last: 12 })
})

/** Batches until it no longer rests. */
function rest(memory: ReturnType<typeof createLaneMemory>): number {
  let batches = 0
  while (memory.rests()) batches++
  return batches
}

test('rests longer each time that it is refused, up to a limit, until something is confirmed', () => {
  const memory = createLaneMemory()
  expect(rest(memory)).toBe(0)
  const rests = Array.from({ length: 10 }, () => {
    memory.refused([])
    return rest(memory)
  })
  expect(rests).toEqual([7, 15, 31, 63, 127, 255, 511, 1023, 1023, 1023])
  memory.confirmed([], null)
  memory.refused([])
  expect(rest(memory)).toBe(7)
})

test('what was refused is forgotten', () => {
  const memory = withTwo()
  memory.refused(['a'])
  expect(memory.recall(['a'])).toBeNull()
  expect(memory.recall(['b'])).not.toBeNull()
})
