import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { RankRow } from './ranks.ts'
import type { PlayerProfile } from './players.ts'
import type { Changed } from './changes.ts'

// What is decided about persons: each is one transaction under the player's lock. `by` is the subject of a token.

/** What a change did: rows for the index, and what it made stale, as it was noted for every node. */
export interface Touched {
  rows: RankRow[]
  changed: Changed
}

/** A player after a ban or its end. Null when there is no ban. */
export interface Moderated extends Touched {
  /** Epoch milliseconds. */
  bannedAt: number | null
  reason: string | null
}

export interface PersonStore {
  /** Replaces the profile or makes the player; a change of region takes the regional entries along. */
  put(profile: PlayerProfile): Promise<Touched & { created: boolean }>
  /** Hides every entry; one that is banned stays as it was. Null for an unknown player. */
  ban(playerId: string, by: string | null, reason: string): Promise<Moderated | null>
  /** Shows every entry again, in place. Null for an unknown player. */
  unban(playerId: string, by: string | null, reason: string | null): Promise<Moderated | null>
  /** Takes a player out of every open standings of a leaderboard, as one ledger row. Null when there was none. */
  remove(board: Leaderboard, playerId: string): Promise<Touched | null>
  /** Deletes what is kept about a person. Null for an unknown player. */
  erase(playerId: string, by: string | null): Promise<Touched | null>
}
