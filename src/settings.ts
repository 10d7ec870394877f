import { z } from 'zod'
import { address, flag, orNull, origins, redisAddress, seconds, wholeNumber } from './config-values.ts'
import { howToRun } from './installation.ts'

export interface Variable<Name extends string, Schema extends z.ZodType> {
  name: Name
  /** What an empty or missing one means; '' is nothing. */
  fallback: string
  about: string
  schema: Schema
}

function variable<const Name extends string, Schema extends z.ZodType>(
  name: Name,
  fallback: string,
  about: string,
  schema: Schema,
): Variable<Name, Schema> {
  return { name, fallback, about, schema }
}

/** The configuration by its parts: which variable each value is read from. `.env.example` is kept equal by a test. */
export const settings = {
  http: {
    host: variable('HOST', '0.0.0.0', 'address to listen on', z.string()),
    port: variable('PORT', '3000', 'port to listen on; 0 takes a free one', wholeNumber(0, 65_535)),
    transport: variable(
      'TRANSPORT',
      'auto',
      'auto, uws or node; auto takes uWebSockets.js where its native addon loads',
      z.enum(['auto', 'uws', 'node'], 'must be auto, uws or node'),
    ),
    allowedOrigins: variable(
      'ALLOWED_ORIGINS',
      '*',
      'browser origins, comma-separated (https://game.example), or * for any',
      origins,
    ),
    allowSpectators: variable('ALLOW_SPECTATORS', 'true', 'true: reads and watching need no token', flag),
    playerSubmitsPerSecond: variable(
      'PLAYER_SUBMITS_PER_S',
      '100',
      'submissions a second for each player token; 0: no limit',
      wholeNumber(0),
    ),
    shutdownTimeoutMs: variable(
      'SHUTDOWN_TIMEOUT',
      '9000',
      'ms for a graceful stop before a hard exit',
      wholeNumber(1),
    ),
  },
  auth: {
    secret: variable(
      'AUTH_SECRET',
      '',
      'secret of HS256 tokens, at least 32 characters (openssl rand -hex 32)',
      orNull(z.string().refine((value) => value === '' || value.length >= 32, 'must have at least 32 characters')),
    ),
    jwksUrl: variable(
      'AUTH_JWKS_URL',
      '',
      'address of a JWKS for RS256, ES256 or EdDSA tokens, instead of or beside AUTH_SECRET',
      orNull(address(['http:', 'https:'], 'https://id.example/.well-known/jwks.json')),
    ),
    issuer: variable('AUTH_ISSUER', '', 'expected iss of tokens; empty: not checked', orNull(z.string())),
    audience: variable('AUTH_AUDIENCE', '', 'expected aud of tokens; empty: not checked', orNull(z.string())),
  },
  postgres: {
    url: variable(
      'DATABASE_URL',
      '',
      'postgres://user:password@host:5432/database',
      address(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database').refine(
        (value) => value !== '',
        `is not set; set it to postgres://user:password@host:5432/database, or use \`${howToRun('quickstart')}\``,
      ),
    ),
    poolMin: variable(
      'DATABASE_POOL_MIN',
      '2',
      'Postgres connections for requests that are opened ahead and kept',
      wholeNumber(0, 1000),
    ),
    poolMax: variable(
      'DATABASE_POOL_MAX',
      '10',
      'Postgres connections for requests at most; beside them are WRITE_LANES and up to 18 more',
      wholeNumber(1, 1000),
    ),
    connectTimeoutMs: variable(
      'DATABASE_CONNECT_TIMEOUT',
      '5000',
      'ms to wait for a Postgres connection',
      wholeNumber(1),
    ),
    startTimeoutMs: variable(
      'DATABASE_START_TIMEOUT',
      '30000',
      'ms to wait for Postgres at the start, then the server gives up',
      wholeNumber(0),
    ),
    statementTimeoutMs: variable(
      'DATABASE_STATEMENT_TIMEOUT',
      '10000',
      'ms until Postgres cancels a statement',
      wholeNumber(1),
    ),
    migrate: variable('MIGRATE', 'true', 'true: bring the database schema up to date before serving', flag),
  },
  redis: {
    url: variable(
      'REDIS_URL',
      '',
      'redis://:password@host:6379/0, redis+sentinel://:password@h1:26379,h2:26379/master-name/0 or ' +
        'redis+cluster://:password@h1:7000,h2:7001 (rediss for TLS); wins over REDIS_HOST and its companions',
      redisAddress,
    ),
    retryAttempts: variable(
      'REDIS_RETRY_ATTEMPTS',
      '10',
      'reconnects with growing delay; then the last delay stays, and the server never gives up',
      wholeNumber(0),
    ),
    retryDelayMs: variable(
      'REDIS_RETRY_DELAY',
      '100',
      'ms before the first reconnect, at most; the delay doubles up to 2 s',
      wholeNumber(1),
    ),
    connectTimeoutMs: variable('REDIS_CONNECT_TIMEOUT', '5000', 'ms to wait for a Redis connection', wholeNumber(1)),
    commandTimeoutMs: variable(
      'REDIS_COMMAND_TIMEOUT',
      '1000',
      'ms to wait for the answer to a Redis command',
      wholeNumber(1),
    ),
  },
  /** The parts of a Redis address, for when REDIS_URL is empty. */
  redisParts: {
    host: variable('REDIS_HOST', '', 'Redis host, when REDIS_URL is not set', z.string()),
    port: variable('REDIS_PORT', '6379', 'Redis port, with REDIS_HOST', wholeNumber(1, 65_535)),
    password: variable('REDIS_PASSWORD', '', 'Redis password, with REDIS_HOST', z.string()),
    db: variable('REDIS_DB', '0', 'Redis database number, with REDIS_HOST', wholeNumber(0, 65_535)),
  },
  write: {
    lanes: variable('WRITE_LANES', '1', 'batches of submissions committed side by side', wholeNumber(1, 64)),
    queueLimit: variable(
      'WRITE_QUEUE_LIMIT',
      '20000',
      'submissions waiting in this process; more are refused as OVERLOADED',
      wholeNumber(1),
    ),
    batchMax: variable('WRITE_BATCH_MAX', '1000', 'submissions in one transaction at most', wholeNumber(1, 1000)),
  },
  live: {
    watchLookupsPerSecond: variable(
      'WATCH_LOOKUPS_PER_S',
      '20000',
      'look-ups a second for watched ranks and windows; past them watches are told less often',
      wholeNumber(1),
    ),
  },
  audit: {
    intervalMs: variable(
      'AUDIT_INTERVAL',
      '600',
      's from one comparison of all of Redis with Postgres to the next; 0: only when asked for',
      seconds(0, 2_000_000),
    ),
    rowsPerSecond: variable(
      'AUDIT_ROWS_PER_S',
      '50000',
      'rows a second that a comparison looks at, at most',
      wholeNumber(1),
    ),
  },
  periods: {
    sessionIdleMs: variable(
      'SESSION_IDLE_CLOSE',
      '86400',
      's without a submission after which a session left open is closed; 0: never',
      seconds(0, 2_000_000_000),
    ),
  },
  cache: {
    historicalTtlMs: variable(
      'CACHE_TTL_HISTORICAL_DATA',
      '3600',
      's to keep pages of sealed standings',
      seconds(0, 2_000_000),
    ),
    playerTtlMs: variable(
      'CACHE_TTL_PLAYER_STATS',
      '600',
      's to keep player profiles and totals',
      seconds(0, 2_000_000),
    ),
  },
  log: {
    level: variable(
      'LOG_LEVEL',
      'info',
      'fatal, error, warn, info, debug, trace or silent',
      z.enum(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
        'must be fatal, error, warn, info, debug, trace or silent',
      ),
    ),
    pretty: variable('LOG_PRETTY', 'false', 'true: logs for people instead of JSON lines', flag),
  },
} as const
