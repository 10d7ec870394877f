import { z } from 'zod'
import { address, flag, origins, redisAddress, wholeNumber } from './config-values.ts'
import { howToRun } from './installation.ts'

export interface Config {
  http: {
    host: string
    port: number
    transport: 'auto' | 'uws' | 'node'
    allowedOrigins: string[] | '*'
    allowSpectators: boolean
    shutdownTimeoutMs: number
    playerSubmitsPerSecond: number
  }
  postgres: {
    url: string
    poolMin: number
    poolMax: number
    connectTimeoutMs: number
    startTimeoutMs: number
    statementTimeoutMs: number
    migrate: boolean
  }
  redis: {
    url: string
    retryAttempts: number
    retryDelayMs: number
    connectTimeoutMs: number
    commandTimeoutMs: number
  }
  auth: { secret: string | null; jwksUrl: string | null; issuer: string | null; audience: string | null }
  live: { watchLookupsPerSecond: number }
  audit: { intervalMs: number; rowsPerSecond: number }
  periods: { sessionIdleMs: number }
  write: { lanes: number; queueLimit: number; batchMax: number }
  cache: { historicalTtlMs: number; playerTtlMs: number }
  log: { level: string; pretty: boolean }
}

/** Every variable the server reads: its default ('' = none) and what it does. `.env.example` is kept equal by a test. */
export const VARIABLES = {
  HOST: ['0.0.0.0', 'address to listen on'],
  PORT: ['3000', 'port to listen on; 0 takes a free one'],
  TRANSPORT: ['auto', 'auto, uws or node; auto takes uWebSockets.js where its native addon loads'],
  DATABASE_URL: ['', 'postgres://user:password@host:5432/database'],
  DATABASE_POOL_MIN: ['2', 'Postgres connections for requests that are opened ahead and kept'],
  DATABASE_POOL_MAX: ['10', 'Postgres connections for requests at most; beside them are WRITE_LANES and up to 18 more'],
  DATABASE_CONNECT_TIMEOUT: ['5000', 'ms to wait for a Postgres connection'],
  DATABASE_START_TIMEOUT: ['30000', 'ms to wait for Postgres at the start, then the server gives up'],
  DATABASE_STATEMENT_TIMEOUT: ['10000', 'ms until Postgres cancels a statement'],
  REDIS_URL: [
    '',
    'redis://:password@host:6379/0, redis+sentinel://:password@h1:26379,h2:26379/master-name/0 or ' +
      'redis+cluster://:password@h1:7000,h2:7001 (rediss for TLS); wins over REDIS_HOST and its companions',
  ],
  REDIS_HOST: ['', 'Redis host, when REDIS_URL is not set'],
  REDIS_PORT: ['6379', 'Redis port, with REDIS_HOST'],
  REDIS_PASSWORD: ['', 'Redis password, with REDIS_HOST'],
  REDIS_DB: ['0', 'Redis database number, with REDIS_HOST'],
  REDIS_RETRY_ATTEMPTS: [
    '10',
    'reconnects with growing delay; then the last delay stays, and the server never gives up',
  ],
  REDIS_RETRY_DELAY: ['100', 'ms before the first reconnect, at most; the delay doubles up to 2 s'],
  REDIS_CONNECT_TIMEOUT: ['5000', 'ms to wait for a Redis connection'],
  REDIS_COMMAND_TIMEOUT: ['1000', 'ms to wait for the answer to a Redis command'],
  AUTH_SECRET: ['', 'secret of HS256 tokens, at least 32 characters (openssl rand -hex 32)'],
  AUTH_JWKS_URL: ['', 'address of a JWKS for RS256, ES256 or EdDSA tokens, instead of or beside AUTH_SECRET'],
  AUTH_ISSUER: ['', 'expected iss of tokens; empty: not checked'],
  AUTH_AUDIENCE: ['', 'expected aud of tokens; empty: not checked'],
  ALLOW_SPECTATORS: ['true', 'true: reads and watching need no token'],
  ALLOWED_ORIGINS: ['*', 'browser origins, comma-separated (https://game.example), or * for any'],
  MIGRATE: ['true', 'true: bring the database schema up to date before serving'],
  LOG_LEVEL: ['info', 'fatal, error, warn, info, debug, trace or silent'],
  LOG_PRETTY: ['false', 'true: logs for people instead of JSON lines'],
  WRITE_LANES: ['1', 'batches of submissions committed side by side'],
  WRITE_QUEUE_LIMIT: ['20000', 'submissions waiting in this process; more are refused as OVERLOADED'],
  WRITE_BATCH_MAX: ['1000', 'submissions in one transaction at most'],
  PLAYER_SUBMITS_PER_S: ['100', 'submissions a second for each player token; 0: no limit'],
  WATCH_LOOKUPS_PER_S: [
    '20000',
    'look-ups a second for watched ranks and windows; past them watches are told less often',
  ],
  AUDIT_INTERVAL: ['600', 's from one comparison of all of Redis with Postgres to the next; 0: only when asked for'],
  AUDIT_ROWS_PER_S: ['50000', 'rows a second that a comparison looks at, at most'],
  SESSION_IDLE_CLOSE: ['86400', 's without a submission after which a session left open is closed; 0: never'],
  CACHE_TTL_HISTORICAL_DATA: ['3600', 's to keep pages of sealed standings'],
  CACHE_TTL_PLAYER_STATS: ['600', 's to keep player profiles and totals'],
  SHUTDOWN_TIMEOUT: ['9000', 'ms for a graceful stop before a hard exit'],
} as const satisfies Record<string, readonly [fallback: string, description: string]>

export type VariableName = keyof typeof VARIABLES
export type RawConfig = Record<VariableName, string>

/** Step one: the raw strings, with defaults where a variable is missing or empty. */
export function readEnv(env: NodeJS.ProcessEnv): RawConfig {
  const entries = Object.entries(VARIABLES).map(([name, [fallback]]) => [name, env[name]?.trim() || fallback])
  return Object.fromEntries(entries) as RawConfig
}

const variables = z.object({
  HOST: z.string(),
  PORT: wholeNumber(0, 65_535),
  TRANSPORT: z.enum(['auto', 'uws', 'node'], 'must be auto, uws or node'),
  DATABASE_URL: address(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database').refine(
    (value) => value !== '',
    `is not set; set it to postgres://user:password@host:5432/database, or use \`${howToRun('quickstart')}\``,
  ),
  DATABASE_POOL_MIN: wholeNumber(0, 1000),
  DATABASE_POOL_MAX: wholeNumber(1, 1000),
  DATABASE_CONNECT_TIMEOUT: wholeNumber(1),
  DATABASE_START_TIMEOUT: wholeNumber(0),
  DATABASE_STATEMENT_TIMEOUT: wholeNumber(1),
  REDIS_URL: redisAddress,
  REDIS_HOST: z.string(),
  REDIS_PORT: wholeNumber(1, 65_535),
  REDIS_PASSWORD: z.string(),
  REDIS_DB: wholeNumber(0, 65_535),
  REDIS_RETRY_ATTEMPTS: wholeNumber(0),
  REDIS_RETRY_DELAY: wholeNumber(1),
  REDIS_CONNECT_TIMEOUT: wholeNumber(1),
  REDIS_COMMAND_TIMEOUT: wholeNumber(1),
  AUTH_SECRET: z.string().refine((value) => value === '' || value.length >= 32, 'must have at least 32 characters'),
  AUTH_JWKS_URL: address(['http:', 'https:'], 'https://id.example/.well-known/jwks.json'),
  AUTH_ISSUER: z.string(),
  AUTH_AUDIENCE: z.string(),
  ALLOW_SPECTATORS: flag,
  ALLOWED_ORIGINS: origins,
  MIGRATE: flag,
  LOG_LEVEL: z.enum(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'must be fatal, error, warn, info, debug, trace or silent',
  ),
  LOG_PRETTY: flag,
  WRITE_LANES: wholeNumber(1, 64),
  WRITE_QUEUE_LIMIT: wholeNumber(1),
  WRITE_BATCH_MAX: wholeNumber(1, 1000),
  PLAYER_SUBMITS_PER_S: wholeNumber(0),
  WATCH_LOOKUPS_PER_S: wholeNumber(1),
  AUDIT_INTERVAL: wholeNumber(0, 2_000_000),
  AUDIT_ROWS_PER_S: wholeNumber(1),
  SESSION_IDLE_CLOSE: wholeNumber(0, 2_000_000_000),
  CACHE_TTL_HISTORICAL_DATA: wholeNumber(0, 2_000_000),
  CACHE_TTL_PLAYER_STATS: wholeNumber(0, 2_000_000),
  SHUTDOWN_TIMEOUT: wholeNumber(1),
} satisfies Record<VariableName, z.ZodType>)

/** What is wrong, one line a variable: `NAME: what to do`. */
export class ConfigError extends Error {
  readonly problems: string[]
  constructor(problems: string[]) {
    super(`The configuration has errors:\n${problems.map((line) => `  ${line}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Step two: the typed configuration. Throws ConfigError that names every bad variable. `serving` false: for a process
 * that checks no tokens.
 */
export function parseConfig(raw: RawConfig, serving = true): Config {
  const parsed = variables.safeParse(raw)
  const problems = parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  problems.push(...missing(raw).filter((problem) => serving || !problem.startsWith('AUTH_')))
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return toConfig(parsed.data)
}

/** The Postgres address alone, for commands that need nothing else. Throws ConfigError. */
export function parseDatabaseUrl(raw: RawConfig): string {
  const parsed = variables.shape.DATABASE_URL.safeParse(raw.DATABASE_URL)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ message }) => `DATABASE_URL: ${message}`))
  return parsed.data
}

/** REDIS_URL, or one made of REDIS_HOST and its companions; '' when neither is set. */
export function redisUrl(raw: Pick<RawConfig, 'REDIS_URL' | 'REDIS_HOST' | 'REDIS_PASSWORD'> & RedisNumbers): string {
  if (raw.REDIS_URL !== '' || raw.REDIS_HOST === '') return raw.REDIS_URL
  const host = raw.REDIS_HOST.includes(':') ? `[${raw.REDIS_HOST}]` : raw.REDIS_HOST // IPv6
  const credentials = raw.REDIS_PASSWORD === '' ? '' : `:${encodeURIComponent(raw.REDIS_PASSWORD)}@`
  return `redis://${credentials}${host}:${raw.REDIS_PORT}/${raw.REDIS_DB}`
}

type RedisNumbers = { REDIS_PORT: string | number; REDIS_DB: string | number }

function missing(raw: RawConfig): string[] {
  const problems: string[] = []
  if (raw.REDIS_URL === '' && raw.REDIS_HOST === '')
    problems.push(
      `REDIS_URL: is not set; set it to redis://:password@host:6379/0, or use \`${howToRun('quickstart')}\``,
    )
  if (raw.AUTH_SECRET === '' && raw.AUTH_JWKS_URL === '')
    problems.push('AUTH_SECRET: is not set; set it (openssl rand -hex 32 makes one), or set AUTH_JWKS_URL')
  if (Number(raw.DATABASE_POOL_MIN) > Number(raw.DATABASE_POOL_MAX))
    problems.push('DATABASE_POOL_MIN: must not be greater than DATABASE_POOL_MAX')
  return problems
}

function toConfig(v: z.output<typeof variables>): Config {
  return {
    http: {
      host: v.HOST,
      port: v.PORT,
      transport: v.TRANSPORT,
      allowedOrigins: v.ALLOWED_ORIGINS,
      allowSpectators: v.ALLOW_SPECTATORS,
      shutdownTimeoutMs: v.SHUTDOWN_TIMEOUT,
      playerSubmitsPerSecond: v.PLAYER_SUBMITS_PER_S,
    },
    postgres: {
      url: v.DATABASE_URL,
      poolMin: v.DATABASE_POOL_MIN,
      poolMax: v.DATABASE_POOL_MAX,
      connectTimeoutMs: v.DATABASE_CONNECT_TIMEOUT,
      startTimeoutMs: v.DATABASE_START_TIMEOUT,
      statementTimeoutMs: v.DATABASE_STATEMENT_TIMEOUT,
      migrate: v.MIGRATE,
    },
    redis: {
      url: redisUrl(v),
      retryAttempts: v.REDIS_RETRY_ATTEMPTS,
      retryDelayMs: v.REDIS_RETRY_DELAY,
      connectTimeoutMs: v.REDIS_CONNECT_TIMEOUT,
      commandTimeoutMs: v.REDIS_COMMAND_TIMEOUT,
    },
    auth: {
      secret: v.AUTH_SECRET || null,
      jwksUrl: v.AUTH_JWKS_URL || null,
      issuer: v.AUTH_ISSUER || null,
      audience: v.AUTH_AUDIENCE || null,
    },
    live: { watchLookupsPerSecond: v.WATCH_LOOKUPS_PER_S },
    audit: { intervalMs: v.AUDIT_INTERVAL * 1000, rowsPerSecond: v.AUDIT_ROWS_PER_S },
    periods: { sessionIdleMs: v.SESSION_IDLE_CLOSE * 1000 },
    write: { lanes: v.WRITE_LANES, queueLimit: v.WRITE_QUEUE_LIMIT, batchMax: v.WRITE_BATCH_MAX },
    cache: {
      historicalTtlMs: v.CACHE_TTL_HISTORICAL_DATA * 1000,
      playerTtlMs: v.CACHE_TTL_PLAYER_STATS * 1000,
    },
    log: { level: v.LOG_LEVEL, pretty: v.LOG_PRETTY },
  }
}
