import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Slows work down to so many rows a second: resolves when the rows of the calls so far are due. Time that the work itself
 * takes counts; a pause is not made up for.
 */
export function createPace(rowsPerSecond: number): (rows: number) => Promise<void> {
  let due = performance.now()
  return async (rows) => {
    due = Math.max(due, performance.now() - 1000) + (rows * 1000) / rowsPerSecond
    const wait = due - performance.now()
    // A timer takes a millisecond at least.
    if (wait >= 1) await sleep(wait)
  }
}
