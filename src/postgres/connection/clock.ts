import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../log.ts'
import { clockAhead } from '../../metrics.ts'
import type { Tagged } from './client.ts'
import { withDeadline } from '../../timing/deadline.ts'

/** How far a clock may be from Postgres' before it is not believed any more. */
export const clockToleranceMs = 2000

const probes = 3
const probeMs = 2000
const everyMs = 5000

/** What a clock was at one moment, by Postgres and by a clock that is never set (`performance.now()`). */
interface Reading {
  at: number
  steady: number
  /** The truth is at most this far away. */
  uncertainMs: number
}

/** Asks Postgres for its time, several times; the fastest answer counts. */
export async function readPostgresClock(sql: Pick<Tagged, 'unsafe'>): Promise<Reading> {
  let best: Reading | null = null
  for (let probe = 0; probe < probes; probe++) {
    const sent = performance.now()
    const [row] = await sql.unsafe<{ at: number }[]>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as at',
    )
    const steady = performance.now()
    const uncertainMs = (steady - sent) / 2
    if (best === null || uncertainMs < best.uncertainMs) best = { at: row!.at + uncertainMs, steady, uncertainMs }
  }
  return best!
}

/** How far `own`, the time of this moment (epoch ms), is ahead of a reading of Postgres' clock; negative: behind. */
export function aheadOf(reading: Reading, own: number, steady = performance.now()): number {
  return own - (reading.at + steady - reading.steady)
}

/** Whether a difference is more than clocks may have, and more than the reading may be wrong by. */
export function isOff(aheadMs: number, { uncertainMs }: Pick<Reading, 'uncertainMs'>): boolean {
  return Math.abs(aheadMs) > clockToleranceMs + uncertainMs
}

/** The time of this process, with Postgres as its witness. */
export interface Clock {
  /**
   * Epoch milliseconds by the clock of this machine; by that of Postgres while the two are more than 2 s apart. All nodes
   * share one Postgres, so they agree on what period it is.
   */
  now(): number
  /** `off`: the clocks are more than 2 s apart. `aheadMs` is null until Postgres has answered. */
  state(): { clock: 'ok' | 'off' | 'unknown'; aheadMs: number | null }
  start(): void
  stop(): Promise<void>
}

/**
 * Compares the clock of this machine with that of Postgres every 5 s. A clock that is set between two comparisons is
 * noticed at once, since it leaves the steady one.
 */
export function createClock(sql: Tagged, log: Log, own: () => number = Date.now): Clock {
  let reading: Reading | null = null
  let wasOff = false
  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()

  const state: Clock['state'] = () => {
    if (reading === null) return { clock: 'unknown', aheadMs: null }
    const aheadMs = Math.round(aheadOf(reading, own()))
    return { clock: isOff(aheadMs, reading) ? 'off' : 'ok', aheadMs }
  }
  const tell = () => {
    const { clock, aheadMs } = state()
    if (aheadMs !== null) clockAhead.set(aheadMs / 1000)
    if (clock === 'off' && !wasOff)
      log.error(
        { aheadMs },
        'the clock of this machine and that of Postgres are more than 2 s apart: the time of Postgres is used, and this ' +
          'node closes and seals nothing until they agree; set both by NTP',
      )
    if (clock === 'ok' && wasOff) log.info({ aheadMs }, 'the clock of this machine agrees with that of Postgres again')
    wasOff = clock === 'off'
  }
  const loop = async () => {
    const { signal } = stopping
    while (!signal.aborted) {
      // While Postgres is unreachable the last reading counts: the steady clock goes on from it.
      await withDeadline(readPostgresClock(sql), probeMs, 'clock').then(
        (read) => (reading = read),
        () => {},
      )
      tell()
      await sleep(everyMs, undefined, { signal }).catch(() => {})
    }
  }
  return {
    now() {
      const time = own()
      if (reading === null) return time
      const aheadMs = aheadOf(reading, time)
      return isOff(aheadMs, reading) ? Math.round(time - aheadMs) : time
    },
    state,
    start: () => void (running = loop()),
    /** Resolves when Postgres is not asked any more. */
    async stop() {
      stopping.abort()
      await running
    },
  }
}
