import type { Awaitable } from './awaitable.ts'

export interface PlayerProfile {
  playerId: string
  displayName: string
  region: string | null
  country: string | null
  avatarUrl: string | null
  metadata: Record<string, unknown> | null
}

export interface PlayerStore {
  /** Profiles of those that exist, from a bounded cache; only cached ones while Postgres is unreachable. */
  profiles(ids: string[]): Awaitable<Map<string, PlayerProfile>>
  /** The stored row, never cached. */
  find(id: string): Promise<PlayerProfile | null>
  /** Another node changed these profiles; or the database is another one. */
  forget(ids: string[] | 'all'): void
  /** What was made of profiles may be shown again while this stays the same. */
  revision(): number
}
