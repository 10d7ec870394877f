import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { packageFile } from '../../installation.ts'
import type { Log } from '../../log.ts'

const lockKey = 7_236_101_541

/**
 * Brings the schema up to date. Any number of processes may start at once: an advisory lock on this one connection lets
 * the first migrate and the others find nothing to do.
 */
export async function migrateDatabase(url: string, log: Log): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 10, fetch_types: false })
  try {
    await client`select pg_advisory_lock(${lockKey})`
    const started = Date.now()
    await migrate(drizzle(client), { migrationsFolder: fileURLToPath(packageFile('drizzle')) })
    log.info({ ms: Date.now() - started }, 'database schema is up to date')
  } finally {
    await client.end({ timeout: 5 })
  }
}
