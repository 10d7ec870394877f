import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { startEmbedded } from '../../../src/embedded/start.ts'
import { startPostgres, type EmbeddedServer } from '../../../src/embedded/postgres.ts'
import { startRedis } from '../../../src/embedded/redis.ts'
import { connectSql, type Sql } from '../../../src/postgres/connection/client.ts'
import { signToken } from '../../../src/auth/tokens.ts'
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts'
import { createNode, type Node } from './node.ts'
import { connectAdmin, copyAppendOnly, putBackAppendOnly, type Admin } from './redis-data.ts'

export interface Cluster {
  /** Temporary: it goes when the cluster stops. */
  folder: string
  nodes: Node[]
  /** Straight to the services, for checks. */
  sql: Sql
  redis: Admin
  services: { postgres: EmbeddedServer; redis: EmbeddedServer }
  /** Of an administrator, valid for longer than any clock jumps. */
  token: string
  /** The environment of a server that goes straight to the services. */
  env: Record<string, string>
  /** Keeps a copy of Redis's data as they are now. */
  copyRedis(): Promise<void>
  /** SIGKILL, then `downMs` later a new one on the same port, over the data left, over the copy, or over nothing. */
  killRedis(data: 'kept' | 'older' | 'empty', downMs: number): Promise<void>
  killPostgres(downMs: number): Promise<void>
  /** A new database beside the servers' own, empty; returns its address. */
  emptyDatabase(): Promise<string>
  stop(): Promise<void>
}

/**
 * Private Postgres and Redis with data in a temporary folder, and `nodes` servers in processes of their own, each behind
 * its own pair of fault proxies.
 */
export async function startCluster(nodes: number): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'rankpulse-faults-'))
  const undo: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step()
  }
  try {
    const embedded = await startEmbedded({ dataDir: folder })
    const services = { postgres: embedded.postgres!, redis: embedded.redis! }
    undo.push(() => Promise.all([services.postgres.stop(), services.redis.stop()]))
    const redis = connectAdmin(services.redis.url)
    undo.push(() => redis.disconnect())
    const settings = { name: 'faults', max: 3, connectTimeoutMs: 5000, statementTimeoutMs: 0 }
    const sql = connectSql(services.postgres.url, settings)
    undo.push(() => sql.end({ timeout: 2 }))
    const secret = randomBytes(32).toString('hex')
    const env = { DATABASE_URL: services.postgres.url, REDIS_URL: services.redis.url, AUTH_SECRET: secret }

    const list: Node[] = []
    for (let number = 0; number < nodes; number++) {
      const proxies = {
        redis: await startFaultProxy(services.redis.port, 'redis'),
        postgres: await startFaultProxy(services.postgres.port, 'postgres'),
      }
      undo.push(() => Promise.all([proxies.redis.close(), proxies.postgres.close()]))
      const own = {
        ...env,
        DATABASE_URL: through(proxies.postgres, env.DATABASE_URL),
        REDIS_URL: through(proxies.redis, env.REDIS_URL),
      }
      list.push(createNode(number, own, proxies, join(folder, `clock-${number}`)))
    }
    undo.push(() => Promise.all(list.map((node) => node.end())))
    await Promise.all(list.map((node) => node.start()))

    const [redisDir, postgresDir] = [join(folder, 'redis'), join(folder, 'postgres')]
    return {
      folder,
      nodes: list,
      sql,
      redis,
      services,
      token: await signToken({ role: 'admin', sub: 'faults', ttlSeconds: 100 * 86_400, secret }),
      env,
      copyRedis: () => copyAppendOnly(services.redis.dataDir),
      async killRedis(data, downMs) {
        await services.redis.kill()
        if (data !== 'kept') await putBackAppendOnly(services.redis.dataDir, data)
        await sleep(downMs)
        services.redis = await startRedis({ dataDir: redisDir, port: services.redis.port })
      },
      async killPostgres(downMs) {
        await services.postgres.kill()
        await sleep(downMs)
        services.postgres = await startPostgres({ dataDir: postgresDir, port: services.postgres.port })
      },
      async emptyDatabase() {
        const name = `empty_${randomBytes(6).toString('hex')}`
        const admin = postgres(services.postgres.url, { max: 1, onnotice: () => {} })
        await admin.unsafe(`create database ${name}`)
        await admin.end({ timeout: 2 })
        const url = new URL(services.postgres.url)
        url.pathname = `/${name}`
        return url.href
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function through(proxy: FaultProxy, address: string): string {
  const url = new URL(address)
  url.port = String(proxy.port)
  return url.href
}
