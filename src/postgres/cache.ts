import { LRUCache } from 'lru-cache'
import { countCacheRequests } from '../metrics.ts'

export interface CacheOptions {
  /** Label of its metrics. */
  name: string
  /** Entries at most; the least recently used goes first. */
  max: number
  /** Milliseconds to keep an entry; 0 keeps none. */
  ttlMs: number
}

/** A bounded cache that counts its hits and misses. What it lacks comes from Postgres: losing it is never an error. */
export function createCache<Key extends string | number, Value extends object>({ name, max, ttlMs }: CacheOptions) {
  const entries = new LRUCache<Key, Value>({ max, ttl: ttlMs })
  const count = countCacheRequests(name)
  return {
    get(key: Key): Value | undefined {
      const found = entries.get(key)
      count(found !== undefined)
      return found
    },
    set(key: Key, value: Value): void {
      if (ttlMs > 0) entries.set(key, value)
    },
    delete(key: Key): void {
      entries.delete(key)
    },
    clear(): void {
      entries.clear()
    },
  }
}
