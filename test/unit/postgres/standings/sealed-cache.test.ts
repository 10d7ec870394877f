import { expect, test } from 'vitest'
import { createSealedCache } from '../../../../src/postgres/standings/sealed-cache.ts'

/** A cache over answers that the test gives when it likes, counted by question. */
function begin(ttlMs = 60_000) {
  const cache = createSealedCache(ttlMs)
  const asked: string[] = []
  const answers: ((value: object) => void)[] = []
  const ask = (id: number, question: string) =>
    cache.through(
      id,
      question,
      () => 1,
      () => {
        asked.push(`${id} ${question}`)
        return new Promise<object>((resolve) => answers.push(resolve))
      },
    )
  const answerAll = (value: object) => answers.splice(0).forEach((answer) => answer(value))
  return { cache, asked, ask, answerAll }
}

test('what is known is not asked for again, and questions at the same time are asked once', async () => {
  const { asked, ask, answerAll } = begin()
  const [one, two] = [ask(1, 'page'), ask(1, 'page')]
  const other = ask(2, 'page')
  answerAll({ n: 1 })
  expect(await Promise.all([one, two, other])).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }])
  expect(await ask(1, 'page')).toEqual({ n: 1 })
  expect(asked).toEqual(['1 page', '2 page'])
})

test('a drop is of the standings named, and of what is being read of them', async () => {
  const { cache, asked, ask, answerAll } = begin()
  const reads = [ask(1, 'page'), ask(2, 'page')]
  cache.forget([1])
  const after = ask(1, 'page')
  answerAll({ n: 'old' })
  await Promise.all([...reads, after])
  expect(asked).toEqual(['1 page', '2 page', '1 page'])
  cache.forget([1])
  void ask(1, 'page')
  await ask(2, 'page')
  expect(asked).toHaveLength(4)
})

test('a read that began before a drop is not kept', async () => {
  const { cache, asked, ask, answerAll } = begin()
  const early = ask(1, 'page')
  cache.forget('all')
  answerAll({ n: 'old' })
  expect(await early).toEqual({ n: 'old' })
  const late = ask(1, 'page')
  answerAll({ n: 'new' })
  expect(await late).toEqual({ n: 'new' })
  expect(asked).toEqual(['1 page', '1 page'])
})

test('many drops end in dropping everything, never in finding what was dropped', async () => {
  const { cache, ask, answerAll } = begin()
  const first = ask(1, 'page')
  answerAll({ n: 1 })
  await first
  cache.forget([1])
  for (let id = 2; id <= 10_001; id++) cache.forget([id])
  const again = ask(1, 'page')
  answerAll({ n: 2 })
  expect(await again).toEqual({ n: 2 })
})

test('an answer that failed is not kept, and a cache without a time keeps nothing', async () => {
  const cache = createSealedCache(60_000)
  const fail = () => Promise.reject(new Error('away'))
  await expect(cache.through(1, 'page', () => 1, fail)).rejects.toThrow('away')
  const { asked, ask, answerAll } = begin(0)
  for (const _ of [1, 2]) {
    const answer = ask(1, 'page')
    answerAll({})
    await answer
  }
  expect(asked).toHaveLength(2)
})
