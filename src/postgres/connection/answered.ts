import { AppError } from '../../errors.ts'
import type { Pool } from './client.ts'
import { withDeadline } from '../../timing/deadline.ts'
import { classify } from './failure.ts'

/**
 * The same store with a deadline on every call that answers a promise: no answer in `ms` becomes UNAVAILABLE, and the
 * pool gets a fresh client, after `patienceMs` where it may still be at work. What Postgres did answer, errors included,
 * passes unchanged.
 */
export function answered<Store extends object>(store: Store, pool: Pool, ms: number, patienceMs = ms): Store {
  const renewIfSilent = (error: unknown) => {
    if (classify(error).kind === 'unavailable') pool.renew()
  }
  const wrap =
    (method: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      const result = method(...args)
      if (!(result instanceof Promise)) return result
      return withDeadline(result, ms, 'Postgres').catch((error: unknown) => {
        if (error instanceof AppError || classify(error).kind !== 'unavailable') throw error
        if (patienceMs === ms) pool.renew()
        else withDeadline(result, patienceMs - ms, 'Postgres').catch(renewIfSilent)
        throw new AppError('UNAVAILABLE', 'the database does not answer; try again shortly', { cause: error })
      })
    }
  return Object.fromEntries(
    Object.entries(store).map(([name, member]) => [
      name,
      typeof member === 'function' ? wrap(member as never) : member,
    ]),
  ) as Store
}
