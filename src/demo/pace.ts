import { setTimeout as sleep } from 'node:timers/promises'

const dayMs = 86_400_000

/**
 * A wait until a day's turn when `daysPerSecond` days pass in a second, counted from the first day asked for. What is late
 * does not wait. `Infinity` never waits.
 */
export function createPace(
  daysPerSecond: number,
  clock: { now(): number; sleep(ms: number): Promise<unknown> } = { now: () => performance.now(), sleep },
): (date: string) => Promise<void> {
  let first: { day: number; at: number } | undefined
  return async (date) => {
    const day = Date.parse(date) / dayMs
    first ??= { day, at: clock.now() }
    const wait = ((day - first.day) / daysPerSecond) * 1000 - (clock.now() - first.at)
    if (wait > 0) await clock.sleep(wait)
  }
}
