import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis'
import { parseRedisAddress, REDIS_EXAMPLES, type RedisAddress } from './address.ts'

/** A connection to one server, to the one that Sentinels name, or to all nodes of a Cluster. */
export type RedisClient = Redis | Cluster

// What the constructors take under `exactOptionalPropertyTypes`.
export type NodeSettings = RedisOptions & { replyMapping?: 'legacy' }
export type ClusterSettings = ClusterOptions & {
  redisOptions: NonNullable<ClusterOptions['redisOptions']> & { replyMapping?: 'legacy' }
}

export interface OpenOptions {
  /** For every connection; `retry` takes the place of ioredis's several retry strategies. */
  redis: NodeSettings
  /** Milliseconds before reconnect 1, 2, ...; null gives up. */
  retry(attempt: number): number | null
  /** Makes the client of a Cluster; ioredis's own by default. */
  createCluster?(hosts: RedisAddress['hosts'], options: ClusterSettings): Cluster
}

/** Opens an address of any of the three forms. Throws when it is not a valid address. */
export function openRedis(url: string, options: OpenOptions): RedisClient {
  const address = parseRedisAddress(url)
  if (address === null) throw new Error(`a Redis address must look like ${REDIS_EXAMPLES}`)
  if (address.kind === 'standalone') return new Redis(url, { ...options.redis, retryStrategy: options.retry })
  const login = {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
  }
  if (address.kind === 'sentinel') return openSentinel(address, login, options)
  const { createCluster = (hosts, clusterOptions) => new Cluster(hosts, clusterOptions) } = options
  return createCluster(address.hosts, {
    redisOptions: { ...options.redis, ...login },
    ...pick(options.redis, 'enableOfflineQueue'),
    ...pick(options.redis, 'lazyConnect'),
    clusterRetryStrategy: options.retry,
    // Certificates name hosts, not the addresses that a look-up answers.
    ...(address.tls ? { dnsLookup: (host, found) => found(null, host) } : {}),
  })
}

function openSentinel(address: RedisAddress, login: NodeSettings, options: OpenOptions): Redis {
  const { commandTimeout } = options.redis
  return new Redis({
    ...options.redis,
    ...login,
    sentinels: address.hosts,
    name: address.masterName,
    db: address.db,
    ...(address.sentinelPassword === undefined ? {} : { sentinelPassword: address.sentinelPassword }),
    ...(address.tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    // One that hangs must not keep the others from being asked.
    ...(commandTimeout === undefined ? {} : { sentinelCommandTimeout: commandTimeout }),
    retryStrategy: options.retry,
    sentinelRetryStrategy: options.retry,
  })
}

function pick<Name extends 'enableOfflineQueue' | 'lazyConnect'>(from: NodeSettings, name: Name) {
  return from[name] === undefined ? {} : { [name]: from[name] }
}

/** Opens an address for a few commands: what does not answer in time fails them. Never reconnects. */
export async function connectBriefly(url: string, timeoutMs: number): Promise<RedisClient> {
  const settings = {
    protocol: 2,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
  } as const
  const redis = openRedis(url, { redis: { ...settings, lazyConnect: true }, retry: () => null })
  let failure: unknown = null
  for (const event of ['error', 'node error']) redis.on(event, (error) => (failure = error))
  try {
    await redis.connect()
    return redis
  } catch (error) {
    redis.disconnect()
    throw failure ?? error
  }
}

/** The servers that hold keys: the one there is, or every master of a Cluster. */
export function mastersOf(redis: RedisClient): Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis]
}
