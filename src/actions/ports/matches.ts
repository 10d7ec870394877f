import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { MatchState, MatchStep, MatchType, ResultType } from '../../ranking/match.ts'
import type { RankRow } from './ranks.ts'
import type { Changed } from './changes.ts'

/** A participant with its result. Players are null where the person was erased; results where the match goes on. */
export interface Participant {
  playerId: string | null
  placement: number | null
  result: ResultType | null
  kills: number | null
  deaths: number | null
  assists: number | null
  accuracy: number | null
  score: number | null
  /** Before the match and what it changed, while it is applied. */
  ratingBefore: number | null
  ratingChange: number | null
}

/** Instants are epoch milliseconds. */
export interface Match extends MatchState {
  id: string
  leaderboardNo: number
  type: MatchType
  region: string | null
  scheduledAt: number | null
  startedAt: number | null
  completedAt: number | null
  createdAt: number
  /** The last transition and what was sent with it. */
  lastStep: MatchStep
  lastBody: unknown
  /** In the order of the definition. */
  participants: Participant[]
}

export interface NewMatch {
  id: string
  leaderboardNo: number
  type: MatchType
  playerIds: string[]
  region: string | null
  scheduledAt: number | null
}

/** One participant's result as it is reported, by the participant's place in the match. */
export type ReportedResult = Omit<Participant, 'playerId' | 'ratingBefore' | 'ratingChange'> & { slot: number }

export interface Transition {
  step: Exclude<MatchStep, 'CREATE'>
  /** As plain JSON, to know a repetition by. */
  body: unknown
  /** Subject of the token. */
  actor: string
  reason: string | null
  /** Of a completion. */
  completion: { at: number; results: ReportedResult[] } | null
}

export interface LogLine {
  step: MatchStep
  at: number
  actor: string | null
  reason: string | null
}

/** What became of a transition, and what the index has to be told. */
export interface Moved {
  outcome: 'done' | 'repeated' | 'refused'
  match: Match
  rows: RankRow[]
  /** What it made stale, as it was noted for every node; null when totals and standings are as they were. */
  changed: Changed | null
}

/** Matches as they are kept. Each transition happens once, also when several callers try at the same time. */
export interface MatchStore {
  /** Makes the match and its unknown players; the one of that id when there is one. */
  create(match: NewMatch, actor: string): Promise<{ created: boolean; match: Match }>
  find(id: string): Promise<Match | null>
  log(id: string): Promise<LogLine[]>
  /** Takes a step that changes no ratings. Null: there is no such match. */
  move(id: string, transition: Transition): Promise<Moved | null>
  /**
   * Takes a step that applies the match (VERIFY, or COMPLETE where that verifies), or takes back what it applied (REJECT),
   * as one transaction with its ledger rows. Null: there is no such match.
   */
  settle(board: Leaderboard, id: string, transition: Transition, now: number): Promise<Moved | null>
}
