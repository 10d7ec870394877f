import { mastersOf, type RedisClient } from './open.ts'

/**
 * Publishes to every node's subscribers. In a Cluster a channel's messages take one way as long as its masters stay the
 * same: through any of them, as ioredis sends them, a later one could overtake an earlier one.
 */
export function createPubSub(redis: RedisClient) {
  return {
    async publish(channel: string, message: string | Buffer): Promise<number> {
      const masters = mastersOf(redis)
      const master = masters[sum(channel) % masters.length]
      if (master === undefined) throw new Error('no node of the Cluster is known')
      return master.publish(channel, message)
    },
  }
}

function sum(text: string): number {
  let total = 0
  for (let at = 0; at < text.length; at++) total += text.charCodeAt(at)
  return total
}
