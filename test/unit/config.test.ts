import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ConfigError, parseConfig, readEnv, VARIABLES } from '../../src/config.ts'

const working = {
  DATABASE_URL: 'postgres://app:pw@db:5432/rankpulse',
  REDIS_URL: 'redis://:pw@cache:6379/0',
  AUTH_SECRET: 'an-example-secret-of-32-characters',
}
const parse = (env: NodeJS.ProcessEnv) => parseConfig(readEnv({ ...working, ...env }))

function problems(env: NodeJS.ProcessEnv): string[] {
  try {
    parse(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('three variables are enough, the rest has defaults', () => {
  expect(parse({})).toEqual({
    http: {
      host: '0.0.0.0',
      port: 3000,
      transport: 'auto',
      allowedOrigins: '*',
      allowSpectators: true,
      shutdownTimeoutMs: 9000,
      playerSubmitsPerSecond: 100,
    },
    postgres: {
      url: working.DATABASE_URL,
      poolMin: 2,
      poolMax: 10,
      connectTimeoutMs: 5000,
      startTimeoutMs: 30_000,
      statementTimeoutMs: 10_000,
      migrate: true,
    },
    redis: {
      url: working.REDIS_URL,
      retryAttempts: 10,
      retryDelayMs: 100,
      connectTimeoutMs: 5000,
      commandTimeoutMs: 1000,
    },
    auth: { secret: working.AUTH_SECRET, jwksUrl: null, issuer: null, audience: null },
    live: { watchLookupsPerSecond: 20_000 },
    audit: { intervalMs: 600_000, rowsPerSecond: 50_000 },
    periods: { sessionIdleMs: 86_400_000 },
    write: { lanes: 1, queueLimit: 20_000, batchMax: 1000 },
    cache: { historicalTtlMs: 3_600_000, playerTtlMs: 600_000 },
    log: { level: 'info', pretty: false },
  })
})

test('an empty variable means its default', () => {
  expect(parse({ PORT: '', TRANSPORT: '  ' }).http).toMatchObject({ port: 3000, transport: 'auto' })
})

test('REDIS_HOST and its companions make the address, a password escaped; REDIS_URL wins', () => {
  const parts = { REDIS_HOST: 'cache', REDIS_PORT: '6380', REDIS_PASSWORD: 'p@ss/word', REDIS_DB: '2' }
  const { url } = parse({ ...parts, REDIS_URL: '' }).redis
  expect(url).toBe('redis://:p%40ss%2Fword@cache:6380/2')
  expect(decodeURIComponent(new URL(url).password)).toBe('p@ss/word')
  expect(parse({ REDIS_URL: '', REDIS_HOST: '::1' }).redis.url).toBe('redis://[::1]:6379/0')
  expect(parse(parts).redis.url).toBe(working.REDIS_URL)
})

test.each(['redis+sentinel://:pw@s1,s2:26380/main', 'rediss+cluster://:pw@n1:7000,n2:7001'])('%s will do', (url) => {
  expect(parse({ REDIS_URL: url }).redis.url).toBe(url)
})

test.each(['redis+sentinel://s1:26379', 'redis+cluster://n1:7000/1', 'redis://a,b'])('%s will not, and why', (url) => {
  expect(problems({ REDIS_URL: url }).join()).toMatch(
    /^REDIS_URL: must look like redis:.*sentinel:.*master-name.*cluster:/,
  )
})

test('allowed origins are a list', () => {
  const { http } = parse({ ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173' })
  expect(http.allowedOrigins).toEqual(['https://a.example', 'http://localhost:5173'])
})

test('every bad variable is named at once', () => {
  const found = problems({
    PORT: '70000',
    TRANSPORT: 'carrier pigeon',
    DATABASE_URL: 'mysql://db/rankpulse',
    DATABASE_POOL_MAX: 'many',
    REDIS_URL: 'cache:6379',
    AUTH_SECRET: 'short',
    ALLOWED_ORIGINS: 'https://a.example/path',
    MIGRATE: 'yes',
    LOG_LEVEL: 'loud',
    WRITE_BATCH_MAX: '1e3',
    CACHE_TTL_PLAYER_STATS: '1.5',
  })
  expect(found.map((line) => line.split(':')[0]).join(' ')).toBe(
    'PORT TRANSPORT ALLOWED_ORIGINS AUTH_SECRET DATABASE_URL DATABASE_POOL_MAX MIGRATE REDIS_URL WRITE_BATCH_MAX ' +
      'CACHE_TTL_PLAYER_STATS LOG_LEVEL',
  )
})

test('what is missing is named, with what to do', () => {
  const found = problems({ DATABASE_URL: '', REDIS_URL: '', AUTH_SECRET: '' })
  expect(found).toHaveLength(3)
  expect(found.join('\n')).toMatch(/DATABASE_URL: is not set.*\n?.*quickstart/)
  expect(found.join('\n')).toMatch(/AUTH_SECRET: is not set.*openssl/)
  expect(problems({ AUTH_SECRET: '', AUTH_JWKS_URL: 'https://id.example/jwks.json' })).toEqual([])
})

test('the smaller pool cannot be the larger one', () => {
  expect(problems({ DATABASE_POOL_MIN: '9', DATABASE_POOL_MAX: '3' })).toEqual([
    'DATABASE_POOL_MIN: must not be greater than DATABASE_POOL_MAX',
  ])
})

test('.env.example lists exactly the variables that are read, with their defaults, each described', () => {
  const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').split('\n')
  const listed = lines.flatMap((line, i) => {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [[name, value, lines[i - 1]?.replace(/^# /, '')]]
  })
  expect(listed).toEqual(VARIABLES.map(({ name, fallback, about }) => [name, fallback, about]))
})
