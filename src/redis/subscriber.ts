import { Cluster, Redis } from 'ioredis'
import { parseRedisAddress, type Host } from './address.ts'
import { type RedisClient, type RedisOptions, retryOf } from './client.ts'
import { openRedis } from './open.ts'

/**
 * A client that only listens: it subscribes again by itself after every reconnect, and waits for an unreachable Redis.
 * A Cluster hands messages on to all of its nodes, so that any one will do: each attempt takes another, of those that
 * `redis` knows. (ioredis's own subscriber of a Cluster asks dead nodes again without a pause.)
 */
export function connectSubscriber(options: RedisOptions, redis: RedisClient): Redis {
  const retry = retryOf(options)
  const settings = { protocol: 2, maxRetriesPerRequest: null, connectTimeout: options.connectTimeoutMs } as const
  const subscriber =
    redis instanceof Cluster
      ? listenToAny(redis, options.url, (first, next) => {
          const { username, password } = redis.options.redisOptions ?? {}
          return new Redis({
            ...settings,
            ...first,
            ...(username === undefined ? {} : { username }),
            ...(password === undefined ? {} : { password }),
            ...(redis.options.redisOptions?.tls === undefined ? {} : { tls: redis.options.redisOptions.tls }),
            retryStrategy(attempt) {
              next()
              return retry(attempt)
            },
          })
        })
      : (openRedis(options.url, { redis: settings, retry }) as Redis)
  // The hot client logs that Redis is unreachable.
  subscriber.on('error', () => {})
  return subscriber
}

/** Tells of every time that a subscriber listens again after it could not hear: what was sent meanwhile is lost. */
export function onMissed(subscriber: Redis, missed: () => void): void {
  let heard = false
  subscriber.on('ready', () => {
    if (heard) missed()
    heard = true
  })
}

function listenToAny(cluster: Cluster, url: string, connect: (first: Host, next: () => void) => Redis): Redis {
  const known = (): Host[] => cluster.nodes().map(({ options }) => ({ host: options.host!, port: options.port! }))
  const startUp = parseRedisAddress(url)?.hosts ?? []
  let at = Math.floor(Math.random() * startUp.length)
  const choose = (): Host => {
    const hosts = known().length > 0 ? known() : startUp
    return hosts[at++ % hosts.length]!
  }
  const subscriber = connect(choose(), () => void Object.assign(subscriber.options, choose()))
  // A node that has left the Cluster may go on without it.
  cluster.on('up', () => {
    const { host, port } = subscriber.options
    if (!known().some((node) => node.host === host && node.port === port)) subscriber.disconnect(true)
  })
  return subscriber
}
