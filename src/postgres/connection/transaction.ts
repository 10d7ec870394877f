import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import type { Sql, Transaction } from './client.ts'
import { classify } from './failure.ts'

const attempts = 8

/** Runs an attempt again with jitter while another transaction is in its way; UNAVAILABLE when one always is. */
export async function withRetries<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (classify(error).kind !== 'conflict') throw error
      if (tries === attempts)
        throw new AppError('UNAVAILABLE', 'others change the same players all the time; try again shortly', {
          cause: error,
        })
      await sleep(Math.random() * Math.min(100, 5 * 2 ** tries))
    }
  }
}

/** Runs a transaction, again with jitter when another one was in its way. `work` must be safe to repeat. */
export function inTransaction<T>(sql: Sql, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return withRetries(async () => (await sql.begin(work)) as T)
}
