import { Redis } from 'ioredis'
import type { Log } from '../log.ts'
import { defineScripts } from './scripts.ts'

export interface RedisOptions {
  url: string
  connectTimeoutMs: number
  commandTimeoutMs: number
  retryDelayMs: number
}

/**
 * The client of the hot paths: it fails fast instead of queueing, and does not re-send what was not answered, since the
 * server that comes back may have fallen behind. It reconnects for ever; the first delays grow to 2 s.
 */
export function connectRedis(options: RedisOptions, log: Log): Redis {
  const redis = new Redis(options.url, {
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    connectTimeout: options.connectTimeoutMs,
    commandTimeout: options.commandTimeoutMs,
    // A connection on which nothing comes back is replaced: the other end may have forgotten it.
    socketTimeout: 2 * options.commandTimeoutMs,
    retryStrategy: (attempt) => Math.min(options.retryDelayMs * attempt, 2000),
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
  defineScripts(redis)
  let logged = false
  redis.on('error', (err) => {
    if (!logged) log.warn({ err }, 'Redis does not answer; ranks come from Postgres until it is back')
    logged = true
  })
  redis.on('ready', () => (logged = false))
  return redis
}

/** Why a Redis server must not hold ranks, or null. A board is one key: evicting it loses the whole board. */
export function unfitFor(info: string): string | null {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const policy = field('maxmemory_policy')
  if (policy?.startsWith('allkeys-'))
    return `maxmemory-policy is ${policy}, which may evict a whole leaderboard; set it to noeviction`
  const version = field('redis_version')
  if (version && Number(version.split('.')[0]) < 7) return `Redis ${version} is too old; 7.0 or newer is needed`
  return null
}

/** A client that only listens: it subscribes again by itself after every reconnect, and waits for a Redis that is away. */
export function connectSubscriber(options: RedisOptions): Redis {
  const subscriber = new Redis(options.url, {
    protocol: 2,
    maxRetriesPerRequest: null,
    connectTimeout: options.connectTimeoutMs,
    retryStrategy: (attempt) => Math.min(options.retryDelayMs * attempt, 2000),
  })
  // The hot client tells of a Redis that is away.
  subscriber.on('error', () => {})
  return subscriber
}
