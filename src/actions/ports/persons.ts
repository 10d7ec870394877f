import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { Changed, PlayerProfile, RankRow } from '../ports.ts'

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

/** Numbers of a leaderboard that the rows of an export are shown with; also of removed ones. */
export interface ExportBoard {
  no: number
  id: string
  decimals: number
}

export interface ExportPlayer extends PlayerProfile {
  bannedAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** A present score; scaled. */
export interface ExportEntry {
  leaderboard: string
  decimals: number
  type: string
  key: string
  score: number
  hidden: boolean
  finalRank: number | null
}

export interface ExportRow {
  id: number
  kind: 'SCORE' | 'MATCH' | 'BAN' | 'UNBAN' | 'REGION' | 'REMOVE' | 'ERASE'
  submissionId: string | null
  score: number | null
  sessionId: string | null
  matchId: string | null
  reason: string | null
  occurredAt: Date
  at: Date
  metadata: Record<string, unknown> | null
  effects: {
    standingsId: number | null
    selector: string | null
    score: number | null
    previous: number | null
    reason: string | null
  }[]
}

/** A match with the player's own result in it. */
export interface ExportMatch {
  id: string
  leaderboard: string
  type: string
  status: string
  verification: string | null
  scheduledAt: Date | null
  completedAt: Date | null
  placement: number | null
  result: string | null
  kills: number | null
  deaths: number | null
  assists: number | null
  accuracy: number | null
  score: number | null
  ratingBefore: number | null
  ratingChange: number | null
}

export interface ExportDecision {
  at: Date
  action: string
  actor: string | null
  reason: string | null
  matchId: string | null
}

/** Everything that is kept about a person, in parts; each call is one short query. */
export interface ExportStore {
  player(id: string): Promise<ExportPlayer | null>
  totals(id: string): Promise<Record<string, number> | null>
  entries(id: string): Promise<ExportEntry[]>
  /** Leaderboards that hold ledger rows of the player. */
  boards(id: string): Promise<ExportBoard[]>
  /** Ledger rows of one leaderboard after an id, oldest first. */
  rows(id: string, leaderboardNo: number, after: number, limit: number): Promise<ExportRow[]>
  matchIds(id: string): Promise<string[]>
  matches(id: string, matchIds: string[]): Promise<ExportMatch[]>
  /** Decided about the player, and by the player about these matches. */
  decisionsAbout(id: string): Promise<ExportDecision[]>
  decisionsBy(id: string, matchIds: string[]): Promise<ExportDecision[]>
}
