import { classify } from './failure.ts'
import { AppError } from '../../errors.ts'
import { withDeadline } from '../../timing/deadline.ts'
import type { Pool } from './client.ts'

/** Rejects what has no answer within `ms`; where Postgres does not answer, the pool gets a fresh client. */
export function deadlineOver(pool: Pool, ms: number, what: string) {
  return <T>(work: Promise<T>, withinMs = ms): Promise<T> =>
    withDeadline(work, withinMs, what).catch((error: unknown) => {
      if (classify(error).kind === 'unavailable') pool.renew()
      throw error
    })
}

/** Returns within `deadlineMs` or rejects as `UNAVAILABLE`. */
export function withLimit(pool: Pool, deadlineMs: number) {
  const inTime = deadlineOver(pool, deadlineMs, 'Postgres read')
  return <T>(work: () => Promise<T>): Promise<T> =>
    inTime(work()).catch((error: unknown) => {
      throw new AppError('UNAVAILABLE', 'Postgres does not answer this read; try again shortly', { cause: error })
    })
}

/** Runs at most so much work at once; what finds the queue full is refused as `UNAVAILABLE`. */
export function cap(limits: { concurrency: number; queue: number }, refusal: string) {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting.length >= limits.queue) throw new AppError('UNAVAILABLE', refusal)
    if (running >= limits.concurrency) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
