import type { Redis } from 'ioredis'
import postgres from 'postgres'
import { howToRun, packageFile } from '../installation.ts'
import { hideCredentials } from '../log.ts'
import { aheadOf, isOff, readPostgresClock } from '../postgres/connection/clock.ts'
import { evictedBy } from '../redis/fitness.ts'
import { connectBriefly, mastersOf, type RedisClient } from '../redis/open.ts'
import type { Finding } from './finding.ts'
import { readFileSync } from 'fs'

const PATIENCE_S = 5

/** Whether this Postgres answers, is new enough and has the tables of this version. */
export async function examinePostgres(url: string): Promise<Finding[]> {
  const sql = postgres(url, { max: 1, connect_timeout: PATIENCE_S, onnotice: () => undefined })
  try {
    const [row] = await sql<{ version: number; text: string; migrated: boolean }[]>`
      select current_setting('server_version_num')::int as version, current_setting('server_version') as text,
             to_regclass('drizzle.__drizzle_migrations') is not null as migrated`
    if (row === undefined) throw new Error('no answer')
    const what = `Postgres ${row.text} answers`
    const findings: Finding[] = [
      row.version >= 140_000
        ? { state: 'ok', what }
        : { state: 'broken', what: `${what}, and is too old`, mend: 'use Postgres 14 or newer' },
    ]
    const [count] = row.migrated
      ? await sql<{ n: number }[]>`select count(*)::int as n from drizzle.__drizzle_migrations`
      : []
    const reading = await readPostgresClock(sql)
    return [...findings, migrations(count?.n ?? 0), clock(aheadOf(reading, Date.now()), reading.uncertainMs)]
  } catch (error) {
    const mend = 'start it, or correct DATABASE_URL (address, password, database)'
    return [{ state: 'broken', what: `Postgres cannot be used: ${messageOf(error)}`, mend }]
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Whether this Redis answers, is new enough, and keeps what it is given; in a Cluster, of every master. */
export async function examineRedis(url: string): Promise<Finding[]> {
  let redis: RedisClient | null = null
  try {
    redis = await connectBriefly(url, PATIENCE_S * 1000)
    const findings: Finding[] = []
    const masters = mastersOf(redis)
    for (const master of masters) {
      const { host, port } = master.options
      const where = masters.length > 1 ? `${host}:${port}: ` : ''
      const found = [version(await master.info('server')), ...(await settings(master))]
      findings.push(...found.map((finding) => ({ ...finding, what: where + finding.what })))
    }
    return findings
  } catch (error) {
    const mend = 'start it, or correct REDIS_URL (address, password)'
    return [{ state: 'broken', what: `Redis cannot be used: ${messageOf(error)}`, mend }]
  } finally {
    redis?.disconnect()
  }
}

function clock(aheadMs: number, uncertainMs: number): Finding {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  const what = `the clock of this machine is ${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} that of Postgres`
  if (!isOff(aheadMs, { uncertainMs })) return { state: 'ok', what }
  return { state: 'broken', what, mend: 'set both clocks by NTP; until then a server here closes and seals nothing' }
}

function migrations(applied: number): Finding {
  const known = knownMigrations()
  const what = `${applied} of ${known} migrations applied`
  if (applied === known) return { state: 'ok', what }
  if (applied < known)
    return { state: 'broken', what, mend: `${howToRun('migrate')} (the server does it when MIGRATE=true)` }
  return { state: 'warning', what: `${what}: the database is ahead`, mend: 'run the version that migrated it' }
}

function version(info: string): Finding {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  const number = valkey ?? /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'of unknown version'
  const what = `${valkey === undefined ? 'Redis' : 'Valkey'} ${number} answers`
  if (Number.parseInt(number, 10) >= 7) return { state: 'ok', what }
  return { state: 'broken', what: `${what}, and is too old`, mend: 'use Redis 7.0 or newer, or Valkey' }
}

async function settings(redis: Redis): Promise<Finding[]> {
  const policy = await setting(redis, 'maxmemory-policy')
  const appendOnly = await setting(redis, 'appendonly')
  if (policy === null || appendOnly === null)
    return [{ state: 'warning', what: 'Redis does not show its settings', mend: 'see that it never evicts keys' }]
  const findings: Finding[] = []
  if (policy !== 'noeviction')
    findings.push({
      state: 'broken',
      what: `Redis evicts ${evictedBy(policy)} when memory runs short (maxmemory-policy ${policy})`,
      mend: 'set maxmemory-policy noeviction, in redis.conf or with CONFIG SET',
    })
  if (appendOnly !== 'yes')
    findings.push({
      state: 'warning',
      what: 'Redis has no append-only file: after its restart everything is rebuilt from Postgres',
      mend: 'set appendonly yes in redis.conf',
    })
  return findings.length > 0 ? findings : [{ state: 'ok', what: `Redis settings: ${policy}, append-only file` }]
}

// Managed services forbid CONFIG.
async function setting(redis: Redis, name: string): Promise<string | null> {
  try {
    const [, value] = await redis.config('GET', name)
    return value ?? null
  } catch {
    return null
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return hideCredentials(String(error))
  const code = (error as NodeJS.ErrnoException).code
  return hideCredentials(error.message || code || error.name)
}

/** How many migrations this version has. */
export function knownMigrations(): number {
  const journal = readFileSync(packageFile('drizzle/meta/_journal.json'), 'utf8')
  return (JSON.parse(journal) as { entries: unknown[] }).entries.length
}
