/** What some work answers within `ms`; null when it is late, which it goes on being, or fails. */
export function inTime<T>(work: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), ms)
    void work.then(resolve, () => resolve(null)).finally(() => clearTimeout(timer))
  })
}
