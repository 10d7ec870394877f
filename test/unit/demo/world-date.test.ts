import { expect, test } from 'vitest'
import { createWorldDate, dayIn, longDate, withDay } from '../../../src/demo/world-date.ts'

/** A world that is told by hand: each `answer` lets one telling through, each `wake` ends one pause. */
function setUp(from = '') {
  const told: string[] = []
  const answers: ((error?: Error) => void)[] = []
  const pauses: (() => void)[] = []
  const world = createWorldDate(
    from,
    (day) => {
      told.push(day)
      return new Promise((resolve, reject) => answers.push((error) => (error ? reject(error) : resolve())))
    },
    (signal) =>
      new Promise((resolve) => {
        pauses.push(() => resolve(undefined))
        signal.addEventListener('abort', resolve)
      }),
  )
  const settled = () => new Promise((resume) => setImmediate(resume))
  return {
    world,
    told,
    async answer(error?: Error) {
      answers.shift()!(error)
      await settled()
    },
    async wake() {
      pauses.shift()!()
      await settled()
    },
  }
}

test('the newest day is told, the next one after a pause', async () => {
  const { world, told, answer, wake } = setUp()
  world.reached('1930-07-13')
  world.reached('1930-07-15')
  world.reached('1930-07-14')
  expect(told).toEqual(['1930-07-13'])
  await answer()
  expect(told).toEqual(['1930-07-13'])
  await wake()
  expect(told).toEqual(['1930-07-13', '1930-07-15'])
  await answer()
  await wake()
  expect(told).toHaveLength(2)
  world.reached('1930-07-30')
  expect(told).toHaveLength(3)
  await answer()
  await world.finish()
  expect(told).toHaveLength(3)
})

test('what was told before is not told again', async () => {
  const { world, told } = setUp('1930-07-30')
  world.reached('1930-07-13')
  await world.finish()
  expect(told).toEqual([])
})

test('a telling that fails is made good by the next one, and by the end', async () => {
  const { world, told, answer, wake } = setUp()
  world.reached('1930-07-13')
  await answer(new Error('away'))
  await wake()
  expect(told).toEqual(['1930-07-13', '1930-07-13'])
  await answer()
  world.reached('1930-07-14')
  const finished = world.finish()
  await new Promise((resume) => setImmediate(resume))
  expect(told.at(-1)).toBe('1930-07-14')
  const outcome = finished.then(
    () => 'done',
    (error: Error) => error.message,
  )
  await answer(new Error('refused'))
  expect(await outcome).toBe('refused')
})

test.each([
  ['1872-11-30', '30 November 1872'],
  ['1938-06-12', '12 June 1938'],
  ['2026-07-01', '1 July 2026'],
])('%s is %s for people, and is read again from a description', (day, text) => {
  expect(longDate(day)).toBe(text)
  const described = withDay('Data: example.org, CC0 1.0', day)
  expect(described).toBe(`${text} · Data: example.org, CC0 1.0`)
  expect(dayIn(described, 'Data: example.org, CC0 1.0')).toBe(day)
})

test.each(['', 'Data', 'soon · Data', '12 June 1938 · Other', '12 June 1938 Data'])('"%s" tells no day', (text) => {
  expect(dayIn(text, 'Data')).toBe('')
})
