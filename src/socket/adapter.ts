import { createAdapter } from '@socket.io/redis-adapter'
import type { Log } from '../log.ts'
import type { Adapter } from './server.ts'

// (The adapter's own type of a subscriber is any.)
type Subscriber = object
interface Publisher {
  publish(channel: string, message: string | Buffer): Promise<number>
}

/**
 * Rooms across nodes over Redis pub/sub. The adapter never looks at what becomes of a message, and one that is lost is
 * noticed by the next head: a failed publish is not an error here, and must not become an unhandled rejection. Nor must a
 * subscription that a stop cuts short.
 */
export function redisAdapter(publisher: Publisher, subscriber: Subscriber, key: string, log: Log): Adapter {
  const forgiving = {
    publish: (channel: string, message: string | Buffer) => publisher.publish(channel, message).catch(() => 0),
    on: () => forgiving,
  }
  return createAdapter(forgiving, withoutRejections(subscriber, log), { key })
}

function withoutRejections(subscriber: Subscriber, log: Log): Subscriber {
  return new Proxy(subscriber, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (!/^p?(un)?subscribe$/.test(String(name))) return member.bind(target) as unknown
      return (...args: unknown[]) =>
        Promise.resolve(member.apply(target, args)).catch((err: unknown) => {
          if (!/closed/.test(String(err))) log.warn({ err }, 'this server does not hear what others send to rooms')
        })
    },
  })
}
