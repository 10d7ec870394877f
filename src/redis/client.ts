import { Redis } from 'ioredis'
import { backOff } from '../timing/back-off.ts'
import type { Log } from '../log.ts'
import { parseRedisAddress } from './address.ts'
import { openRedis, type RedisClient } from './open.ts'
import { defineScripts } from './scripts.ts'
import { WatchedCluster } from './watched-cluster.ts'

export type { RedisClient } from './open.ts'

export interface RedisOptions {
  /** One of the three forms of `parseRedisAddress`. */
  url: string
  connectTimeoutMs: number
  commandTimeoutMs: number
  /** Milliseconds before the first reconnect, at most. */
  retryDelayMs: number
  /** Reconnects with growing delay; the longest delay stays after them. */
  retryAttempts: number
}

const longestRetryMs = 2000

// A fork, a slow disk or a large command of somebody else's may hold Redis up for seconds.
const repairTimeoutMs = 15_000

/**
 * The client of the hot paths: it fails fast instead of queueing, and does not re-send what was not answered, since the
 * server that comes back may have fallen behind. It reconnects without an end.
 */
export function connectRedis(options: RedisOptions, log: Log): RedisClient {
  const redis = connect(options, 1)
  let logged = false
  const complain = (err: unknown) => {
    if (!logged) log.warn({ err }, 'Redis does not answer; ranks come from Postgres until it is back')
    logged = true
  }
  redis.on('error', complain)
  redis.on('node error', complain)
  watchConnection(redis, { up: () => (logged = false), down: () => {} })
  return redis
}

/**
 * The client of repair, for calls that no request waits for: it waits for a stalled Redis longer than the hot paths can.
 * When the connection ends they fail at once; who calls has to find out what was done. The hot client is the one that
 * complains, and that finds out first that a connection leads nowhere, or that Sentinels name another server.
 */
export function connectRepairs(options: RedisOptions, hot: RedisClient): RedisClient {
  const redis = connect({ ...options, commandTimeoutMs: Math.max(options.commandTimeoutMs, repairTimeoutMs) }, 0)
  redis.on('error', () => {})
  redis.on('node error', () => {})
  let connectedBefore = false
  watchConnection(hot, {
    up() {
      if (connectedBefore && redis instanceof Redis && redis.status === 'ready') redis.disconnect(true)
      connectedBefore = true
    },
    down: () => {},
  })
  return redis
}

// A command that was sent fails after so many failed reconnects.
function connect(options: RedisOptions, maxRetriesPerRequest: number): RedisClient {
  const retry = retryOf(options)
  const redis = openRedis(options.url, {
    redis: {
      protocol: 2,
      connectTimeout: options.connectTimeoutMs,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest,
      commandTimeout: options.commandTimeoutMs,
      // A connection on which nothing comes back is replaced: the other end may have forgotten it.
      socketTimeout: 2 * options.commandTimeoutMs,
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    },
    retry,
    createCluster: (hosts, clusterOptions) => new WatchedCluster(hosts, clusterOptions, retry),
  })
  defineScripts(redis)
  return redis
}

/** `up` when all of Redis can be reached, `down` when some of it cannot, or may be another one than before. */
export function watchConnection(redis: RedisClient, { up, down }: { up(): void; down(): void }): void {
  const cluster = redis instanceof WatchedCluster
  redis.on(cluster ? 'up' : 'ready', up)
  redis.on(cluster ? 'down' : 'close', down)
}

/** The number of the database that an address names. */
export function databaseOf(url: string): number {
  return parseRedisAddress(url)?.db ?? 0
}

/** Milliseconds before reconnect 1, 2, ... */
export function retryOf({ retryDelayMs, retryAttempts }: RedisOptions): (attempt: number) => number {
  const limits = { baseMs: retryDelayMs, maxMs: Math.max(longestRetryMs, retryDelayMs), attempts: retryAttempts }
  return (attempt) => backOff(attempt, limits)
}
