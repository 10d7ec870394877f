import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import type { Log } from '../log.ts'

const lockKey = 7_236_101_541
const waitMs = 30_000

/**
 * Brings the schema up to date. Any number of processes may start at once: an advisory lock on this one connection lets
 * the first migrate and the others find nothing to do.
 */
export async function migrateDatabase(url: string, log: Log): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 10, fetch_types: false })
  try {
    await client`select pg_advisory_lock(${lockKey})`
    const started = Date.now()
    await migrate(drizzle(client), { migrationsFolder: fileURLToPath(new URL('../../drizzle', import.meta.url)) })
    log.info({ ms: Date.now() - started }, 'database schema is up to date')
  } finally {
    await client.end({ timeout: 5 })
  }
}

/** Resolves when Postgres answers; rejects with its last error after 30 s, for it may start beside this process. */
export async function waitForDatabase(url: string, log: Log): Promise<void> {
  const giveUpAt = Date.now() + waitMs
  for (let attempt = 1; ; attempt++) {
    const client = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 5, fetch_types: false })
    try {
      await client`select 1`
      return
    } catch (err) {
      if (Date.now() > giveUpAt) throw err
      if (attempt === 1) log.warn({ err }, 'Postgres does not answer yet; waiting')
      await sleep(Math.min(250 * attempt, 2000))
    } finally {
      await client.end({ timeout: 1 })
    }
  }
}
