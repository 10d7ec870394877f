import type { LedgerKind } from '../../ranking/ledger-kind.ts'
import type { PlayerProfile } from './players.ts'

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
  kind: LedgerKind
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
