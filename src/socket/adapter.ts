import { createAdapter } from '@socket.io/redis-adapter'
import type { Adapter } from './server.ts'

interface Publisher {
  publish(channel: string, message: string | Buffer): Promise<number>
}

/**
 * Rooms across nodes over Redis pub/sub. The adapter never looks at what becomes of a message, and one that is lost is
 * noticed by the next head: a failed publish is not an error here, and must not become an unhandled rejection.
 */
export function redisAdapter(publisher: Publisher, subscriber: unknown, key: string): Adapter {
  const forgiving = {
    publish: (channel: string, message: string | Buffer) => publisher.publish(channel, message).catch(() => 0),
    on: () => forgiving,
  }
  return createAdapter(forgiving, subscriber, { key })
}
