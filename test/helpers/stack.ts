import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { inject } from 'vitest'
import { startPostgres, type EmbeddedServer } from '../../src/embedded/postgres.ts'
import { signToken } from '../../src/auth/tokens.ts'
import { createClient, type Client } from './client.ts'
import { cloneDatabase } from './database.ts'
import { startServer, type ServerProcess } from './server.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import { connectTestRedis, startTestRedis } from './test-redis.ts'
import type { TestRedis } from './redis-node.ts'
import { eventually } from './wait.ts'

export interface StackOptions {
  transport?: 'uws' | 'node'
  env?: Record<string, string>
  /** Server processes over the same Postgres and Redis; default 1. */
  nodes?: number
  /** A Postgres server of its own, for tests that stop it. */
  ownPostgres?: boolean
  /** Starts a Redis of another kind than TEST_REDIS says. */
  startRedis?(folder: string): Promise<TestRedis>
}

export interface Stack {
  url: string
  servers: ServerProcess[]
  redis: TestRedis
  postgres: EmbeddedServer | null
  /** Straight to the database, for checks. */
  sql: postgres.Sql
  env: Record<string, string>
  /** The stack's own connection to Redis: it waits for a Redis that does not answer, and ends with the stack. */
  redisClient(): RedisClient
  token(role: string, sub: string, ttlSeconds?: number): Promise<string>
  /** A JSON client with a token of the role. */
  client(role?: string, sub?: string, server?: number): Promise<Client>
  /** Defines a leaderboard; changes are published soon unless `of` says otherwise. */
  board(id: string, of?: object): Promise<void>
  /** Starts another server over the same services. */
  addServer(env?: Record<string, string>): Promise<ServerProcess>
  /** Starts a new Redis on the port of the one that was stopped or killed, over the same data. */
  restartRedis(): Promise<void>
  restartPostgres(): Promise<void>
  stop(): Promise<void>
}

/** Real Postgres, real Redis and servers in their own processes that serve ranks, all private to the caller. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'rankpulse-test-'))
  const own = options.ownPostgres ? await startPostgres({ dataDir: join(folder, 'postgres') }) : null
  const database = own ? { url: own.url, drop: async () => {} } : await cloneDatabase(inject('postgresUrl'))
  const redis = await (options.startRedis ?? startTestRedis)(folder)
  const secret = randomBytes(32).toString('hex')
  const env: Record<string, string> = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    AUTH_SECRET: secret,
    ...(options.transport ? { TRANSPORT: options.transport } : {}),
    ...options.env,
  }
  const sql = postgres(database.url, { max: 2, onnotice: () => {} })
  const servers: ServerProcess[] = []
  let redisClient: RedisClient | null = null
  const stack: Stack = {
    url: '',
    servers,
    redis,
    postgres: own,
    sql,
    env,
    redisClient: () => (redisClient ??= connectTestRedis(redis.url)),
    token: (role, sub, ttlSeconds = 3600) => signToken({ role, sub, ttlSeconds, secret }),
    client: async (role = 'admin', sub = 'tester', server = 0) =>
      createClient(servers[server]!.url, await stack.token(role, sub)),
    async board(id, of = {}) {
      const admin = await stack.client()
      const { status, body } = await admin.send('POST', '/v1/leaderboards', { id, tickMs: 50, ...of })
      assert.equal(status, 201, JSON.stringify(body))
    },
    async addServer(more = {}) {
      const server = await startServer({ ...env, ...more })
      servers.push(server)
      return server
    },
    restartRedis: () => redis.restart(),
    async restartPostgres() {
      stack.postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: own!.port })
    },
    async stop() {
      redisClient?.disconnect()
      await Promise.all(servers.map((server) => server.stop()))
      await sql.end({ timeout: 2 })
      await redis.stop()
      await stack.postgres?.stop()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  for (let node = 0; node < (options.nodes ?? 1); node++) await stack.addServer()
  // A server that has just started is still catching Redis up, and says so.
  for (const { url } of servers)
    await eventually(async () => assert.match(await (await fetch(`${url}/health`)).text(), /"status":"ok"/))
  stack.url = servers[0]?.url ?? ''
  return stack
}
