/**
 * Bounds what is held at once: work of some size waits until all that runs fits into `limit` together with it. Work that
 * is larger by itself runs alone. First come, first served.
 */
export function createBudget(limit: number) {
  const waiting: { size: number; start(): void }[] = []
  let held = 0

  const fits = (size: number) => held === 0 || held + size <= limit
  return async <T>(size: number, work: () => Promise<T>): Promise<T> => {
    if (waiting.length > 0 || !fits(size)) await new Promise<void>((start) => waiting.push({ size, start }))
    else held += size
    try {
      return await work()
    } finally {
      held -= size
      for (let next; (next = waiting[0]) && fits(next.size); waiting.shift()) {
        held += next.size
        next.start()
      }
    }
  }
}
