import { createCache } from '../connection/cache.ts'

// About 100 bytes a row.
const maxRows = 300_000
const maxAnswers = 100_000
const maxForgotten = 10_000

/** Answers about sealed standings, by standings and question. Questions at the same time share one read. */
export function createSealedCache(ttlMs: number) {
  type Kept = { value: object; rows: number }
  const cache = createCache<string, Kept>({
    name: 'sealed',
    max: maxAnswers,
    ttlMs,
    weigh: { max: maxRows, of: ({ rows }) => 1 + rows },
  })
  const reading = new Map<string, Promise<object>>()
  // Part of every key: what is dropped cannot be found any more, nor what is being read and comes after.
  let stamp = 0
  let since = 0
  const stamps = new Map<number, number>()
  const nameOf = (id: number, question: string) => `${stamps.get(id) ?? since} ${id} ${question}`

  /** `keep` of a name that was made before the read began. */
  const keep = (name: string, value: object, rows: number) => cache.set(name, { value, rows })

  return {
    nameOf,
    keep,
    get: (name: string): object | undefined => cache.get(name)?.value,
    /** The answer to a question about one standings, read by `ask` unless it is known; `rowsOf` says what it weighs. */
    through<T extends object>(
      id: number,
      question: string,
      rowsOf: (value: T) => number,
      ask: () => Promise<T>,
    ): Promise<T> {
      const name = nameOf(id, question)
      const known = cache.get(name)
      if (known !== undefined) return Promise.resolve(known.value as T)
      const asked = reading.get(name)
      if (asked !== undefined) return asked as Promise<T>
      const answer = ask().finally(() => reading.delete(name))
      reading.set(name, answer)
      return answer.then((value) => {
        keep(name, value, rowsOf(value))
        return value
      })
    },
    forget(ids: number[] | 'all'): void {
      stamp += 1
      if (ids !== 'all' && stamps.size + ids.length <= maxForgotten) return ids.forEach((id) => stamps.set(id, stamp))
      since = stamp
      stamps.clear()
      cache.clear()
    },
  }
}
