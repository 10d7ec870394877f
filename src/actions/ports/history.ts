import type { LedgerKind } from '../../ranking/ledger-kind.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'

export interface HistoryRow {
  at: number
  kind: LedgerKind
  submissionId: string | null
  score: number | null
  matchId: string | null
  /** As somebody said it: of a ban, of a match taken back. */
  reason: string | null
  effects: { standingsId: number | null; selector: string | null; reason: string | null }[]
}

/** One standings; the ledger names what a closed window left without a row by its selector. */
export interface HistoryOf {
  standingsId: number | null
  selector: string
}

export interface HistoryStore {
  /** A player's ledger rows on a leaderboard, newest first, at most `limit`; `of`: those with an effect on it only. */
  read(board: Leaderboard, playerId: string, limit: number, of: HistoryOf | null): Promise<HistoryRow[]>
}
