import { mkdir, writeFile } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { passwordFile } from '../../src/embedded/password.ts'
import type { EmbeddedServer } from '../../src/embedded/postgres.ts'
import { startRedis } from '../../src/embedded/redis.ts'

type Command = (...args: [string, ...(string | number)[]]) => Promise<unknown>

/** One Redis server among several. */
export interface RedisNode {
  port: number
  dataDir: string
  /** Asks this very server. */
  command: Command
  stop(): Promise<void>
  kill(): Promise<void>
  pause(): void
  resume(): void
  restart(args?: string[]): Promise<void>
}

/** Starts a server with a password that others have too; `settings` are of redis.conf. */
export async function startNode(
  dataDir: string,
  password: string,
  settings: [name: string, value: string | number][],
): Promise<RedisNode> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await writeFile(passwordFile(dataDir), `${password}\n`, { mode: 0o600 })
  const args = settings.flatMap(([name, value]) => [`--${name}`, String(value)])
  let server: EmbeddedServer = await startRedis({ dataDir, args })
  const { url, port } = server
  return {
    port,
    dataDir,
    command: redisCommand(url),
    stop: () => server.stop(),
    kill: () => server.kill(),
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    resume: () => void process.kill(server.pid, 'SIGCONT'),
    async restart(more = []) {
      server = await startRedis({ dataDir, port, args: [...args, ...more] })
    },
  }
}

/** Commands on connections of their own. */
export function redisCommand(url: string): Command {
  return async (name, ...args) => {
    const redis = new Redis(url, { protocol: 2, maxRetriesPerRequest: 0, retryStrategy: () => null })
    redis.on('error', () => {}) // the command rejects with it
    try {
      return await redis.call(name, ...args)
    } finally {
      redis.disconnect()
    }
  }
}

/** A private Redis, one server or a Cluster: what happens, happens to every process of it. */
export interface TestRedis {
  url: string
  ports: number[]
  /** One folder a process. */
  dataDirs: string[]
  stop(): Promise<void>
  /** SIGKILL; the data stay. */
  kill(): Promise<void>
  /** Every process stops where it stands: sockets stay open and nothing answers. */
  pause(): void
  resume(): void
  /** Starts what was stopped or killed, on the same ports and over the same data; `args` are more of redis-server's. */
  restart(args?: string[]): Promise<void>
}
