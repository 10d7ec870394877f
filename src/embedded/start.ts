import { chmodSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Log } from '../log.ts'
import { type EmbeddedServer, startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'

export interface EmbeddedServers {
  postgres: EmbeddedServer | null
  redis: EmbeddedServer | null
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  dataDir: string
  /** Both are started unless set to false. */
  postgres?: boolean
  redis?: boolean
  log?: Log
}

/** Starts the private servers, with their data in `postgres` and `redis` below the data folder. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServers> {
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true })
  if (process.getuid?.() === 0) chmodSync(dataDir, 0o711) // Postgres runs as somebody else and passes through
  const log = options.log === undefined ? {} : { log: options.log }
  // Postgres first: its lock decides between two starts at the same moment.
  const postgres =
    options.postgres === false ? null : await startPostgres({ dataDir: join(dataDir, 'postgres'), ...log })
  try {
    const redis = options.redis === false ? null : await startRedis({ dataDir: join(dataDir, 'redis') })
    return { postgres, redis, stop: async () => void (await Promise.all([postgres?.stop(), redis?.stop()])) }
  } catch (error) {
    await postgres?.stop()
    throw error
  }
}
