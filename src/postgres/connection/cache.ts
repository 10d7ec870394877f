import { LRUCache } from 'lru-cache'
import type { Awaitable } from '../../actions/ports/awaitable.ts'
import { countCacheRequests } from '../../metrics.ts'

export interface CacheOptions<Value> {
  /** Label of its metrics. */
  name: string
  /** Entries at most; the least recently used goes first. */
  max: number
  /** Milliseconds to keep an entry; 0 keeps none. */
  ttlMs: number
  /** For entries of unlike sizes: what all may weigh together, and what one weighs (at least 1). */
  weigh?: { max: number; of(value: Value): number }
}

/** A bounded cache that counts its hits and misses. What it lacks comes from Postgres: losing it is never an error. */
export function createCache<Key extends string | number, Value extends object>(options: CacheOptions<Value>) {
  const { name, max, ttlMs, weigh } = options
  const entries = new LRUCache<Key, Value>({
    max,
    ttl: ttlMs,
    ...(weigh ? { maxSize: weigh.max, sizeCalculation: weigh.of } : {}),
  })
  const loading = new Map<Key, Promise<Value | null>>()
  const count = countCacheRequests(name)

  const cache = {
    get(key: Key): Value | undefined {
      const found = entries.get(key)
      count(found !== undefined)
      return found
    },
    set(key: Key, value: Value): void {
      if (ttlMs > 0) entries.set(key, value)
    },
    /**
     * What is cached, at once, or what `read` answers; readers of a key share a call. What was read before a `delete` is
     * neither kept nor given to who asks after it.
     */
    load(key: Key, read: () => Promise<Value | null>): Awaitable<Value | null> {
      const found = cache.get(key)
      if (found !== undefined) return found
      const shared = loading.get(key)
      if (shared !== undefined) return shared
      const mine = read()
      const counts = () => loading.get(key) === mine
      loading.set(key, mine)
      return mine
        .then((value) => {
          if (value !== null && counts()) cache.set(key, value)
          return value
        })
        .finally(() => counts() && loading.delete(key))
    },
    delete(key: Key): void {
      entries.delete(key)
      loading.delete(key)
    },
    clear(): void {
      entries.clear()
      loading.clear()
    },
  }
  return cache
}
