import { AppError } from '../errors.ts'
import type { LiveClient } from './broadcast.ts'

const roomsPerClient = 100

/** What else a client does while one of its joins is under way: what it sent later counts. */
export interface Join {
  /** Rooms that it left. */
  left: Set<string>
  /** Rooms that another of its joins led into. */
  entered: Set<string>
}

/** The joins under way, by client. */
export function createJoins() {
  const joins = new Map<LiveClient, Set<Join>>()
  return {
    async during<T>(client: LiveClient, work: (join: Join) => Promise<T>): Promise<T> {
      const join: Join = { left: new Set(), entered: new Set() }
      const own = joins.get(client) ?? new Set()
      joins.set(client, own.add(join))
      try {
        return await work(join)
      } finally {
        own.delete(join)
        if (own.size === 0) joins.delete(client)
      }
    },
    left(client: LiveClient, room: string) {
      for (const { left, entered } of joins.get(client) ?? []) {
        left.add(room)
        entered.delete(room)
      }
    },
    entered(client: LiveClient, room: string) {
      for (const { entered } of joins.get(client) ?? []) entered.add(room)
    },
  }
}

/** Throws when the client is gone, or in so many rooms that it may not enter this one. */
export function admit(client: LiveClient, room: string): void {
  if (!client.connected()) throw new AppError('UNAVAILABLE', 'the connection closed')
  const inside = client.rooms()
  // One room of every client is its own.
  if (inside.size > roomsPerClient && !inside.has(room))
    throw new AppError('LIMIT_EXCEEDED', `a connection may be in ${roomsPerClient} rooms: leave one first`)
}

/** Rejects when a room has nothing to show within `ms`. */
export async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing was published within ${ms} ms`)), ms)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

export const stopping = () => new AppError('UNAVAILABLE', 'this server is stopping; connect to another')
