import { Redis } from 'ioredis'
import { startFaultProxy, type FaultProxy } from '../faults/harness/fault-proxy.ts'
import type { TestRedis } from './redis-node.ts'

/** Proxies before every process of Redis, which act as one, and the address that leads through them. */
export async function startRedisProxy(
  redis: TestRedis,
): Promise<Pick<FaultProxy, 'blackhole' | 'heal' | 'close'> & { url: string }> {
  const proxies = await Promise.all(redis.ports.map((port) => startFaultProxy(port, 'redis')))
  let { url } = redis
  const { password } = new URL(url.replace(/,.*$/, ''))
  for (const [at, port] of redis.ports.entries()) {
    const through = proxies[at]!.port
    url = url.replace(`127.0.0.1:${port}`, `127.0.0.1:${through}`)
    if (redis.ports.length === 1) continue
    // A Cluster tells its clients where its nodes are.
    const node = new Redis({ host: '127.0.0.1', port, password, protocol: 2 })
    await node.config('SET', 'cluster-announce-port', through)
    node.disconnect()
  }
  return {
    url,
    blackhole: (how) => proxies.forEach((proxy) => proxy.blackhole(how)),
    heal: () => proxies.forEach((proxy) => proxy.heal()),
    close: () => Promise.all(proxies.map((proxy) => proxy.close())).then(() => {}),
  }
}
