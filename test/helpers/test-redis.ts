import { join } from 'node:path'
import type { EmbeddedServer } from '../../src/embedded/postgres.ts'
import { startRedis } from '../../src/embedded/redis.ts'
import { mastersOf, openRedis, type RedisClient } from '../../src/redis/open.ts'
import { startRedisCluster } from './redis-cluster.ts'
import type { TestRedis } from './redis-node.ts'

/** `TEST_REDIS=cluster` runs the tests against a Cluster of three masters instead of one server. */
export const onCluster = process.env.TEST_REDIS === 'cluster'

export function startTestRedis(folder: string): Promise<TestRedis> {
  return onCluster ? startRedisCluster(folder) : startOne(folder)
}

/** One server, whatever TEST_REDIS says. */
export async function startOne(folder: string, args: string[] = []): Promise<TestRedis> {
  const dataDir = join(folder, 'redis')
  let server: EmbeddedServer = await startRedis({ dataDir, args })
  const { url, port } = server
  return {
    url,
    ports: [port],
    dataDirs: [dataDir],
    stop: () => server.stop(),
    kill: () => server.kill(),
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    resume: () => void process.kill(server.pid, 'SIGCONT'),
    async restart(more = []) {
      server = await startRedis({ dataDir, port, args: [...args, ...more] })
    },
  }
}

/** A connection of the test's own: it waits for a Redis that is away. */
export function connectTestRedis(url: string): RedisClient {
  const retry = (attempt: number) => Math.min(50 * attempt, 500)
  return openRedis(url, { redis: { protocol: 2 }, retry }).on('error', () => {})
}

/** FLUSHALL on every process. */
export async function flushAll(redis: RedisClient): Promise<void> {
  await redis.ping() // a Cluster's nodes are known when it answers
  await Promise.all(mastersOf(redis).map((master) => master.flushall()))
}
