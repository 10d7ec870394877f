import { AppError } from '../../errors.ts'
import { withDeadline, DeadlineExceeded } from '../../timing/deadline.ts'
import type { Pool } from './client.ts'

/** Answers within `deadlineMs` or rejects as `UNAVAILABLE`; a connection that says nothing is replaced. */
export function withLimit(pool: Pool, deadlineMs: number) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(work(), deadlineMs, 'Postgres read')
    } catch (error) {
      if (error instanceof DeadlineExceeded) pool.renew()
      throw new AppError('UNAVAILABLE', 'Postgres does not answer this read; try again shortly', { cause: error })
    }
  }
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
