import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { backOff } from '../../timing/back-off.ts'
import type { Log } from '../../log.ts'
import { withDeadline } from '../../timing/deadline.ts'

export interface WaitOptions {
  url: string
  /** Milliseconds for one attempt. */
  connectTimeoutMs: number
  /** Milliseconds for all of them; the last attempt may go on past it. */
  startTimeoutMs: number
}

const delays = { baseMs: 250, maxMs: 4000 }

/** Resolves when Postgres answers, for it may start beside this process. Rejects when it did not in time. */
export async function waitForDatabase(options: WaitOptions, log: Log): Promise<void> {
  const where = placeOf(options.url)
  const started = performance.now()
  for (let attempt = 1; ; attempt++) {
    const failure = await tryOnce(options)
    if (failure === null) return
    const left = started + options.startTimeoutMs - performance.now()
    if (left <= 0)
      throw new Error(`Postgres at ${where} cannot be used after ${attempt} attempts: ${describe(failure)}`, {
        cause: failure,
      })
    const nextMs = Math.round(Math.min(left, backOff(attempt, delays)))
    log.warn({ where, attempt, nextMs, err: failure }, `waiting for Postgres at ${where}`)
    await sleep(nextMs)
  }
}

async function tryOnce({ url, connectTimeoutMs }: WaitOptions): Promise<Error | null> {
  const seconds = Math.ceil(connectTimeoutMs / 1000)
  const client = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: seconds, fetch_types: false })
  try {
    await withDeadline(client`select 1`, seconds * 1000, 'Postgres')
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    await client.end({ timeout: 0 }).catch(() => {})
  }
}

// A host with several addresses fails with an error that has only a code.
function describe(error: Error): string {
  return error.message || (error as NodeJS.ErrnoException).code || error.name
}

/** Host and database, without credentials. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
