import type { LeaderboardCreate, LeaderboardPatch, LeaderboardView } from '../contract/leaderboard.ts'
import type { Moderation, PersonExport } from '../contract/person.ts'
import type { Profile, ProfileInput } from '../contract/player.ts'
import type { Around, History, Lookup, Page, Periods, Place, WhatIf } from '../contract/reads.ts'
import type {
  DriftRuns,
  Rebuilt,
  RebuildInput,
  Reconciled,
  ReconcileInput,
  Reopened,
  ReopenInput,
} from '../contract/repair.ts'
import type { BatchResult, Receipt, SubmissionInput } from '../contract/submission.ts'
import type { LeaderboardType } from '../ranking/leaderboard.ts'
import type { MatchActions } from './run-matches.ts'
import type { SeasonActions } from './manage-seasons.ts'
import type { Caller, Where } from './request.ts'

/**
 * What the edges may ask of the core, one verb each. The edges have parsed the input by its schema and checked that the
 * caller's role suffices for the verb; what depends on stored state is checked here. All reject with `AppError`.
 */
export interface Actions extends MatchActions, SeasonActions {
  /** Resolves after the Postgres commit. Rejects with the codes of the contract; nothing is stored then. */
  submitScore(caller: Caller, leaderboard: string, input: SubmissionInput): Promise<Receipt>
  /** Parses and submits each item by itself; answers one result per item, in order. */
  submitBatch(caller: Caller, leaderboard: string, items: unknown[]): Promise<BatchResult>

  readPage(where: Where & { limit: number; offset: number }): Promise<Page>
  readPlace(caller: Caller, where: Where & { playerId: string }): Promise<Place>
  readAround(caller: Caller, where: Where & { playerId: string; span: number }): Promise<Around>
  lookup(where: Where & { playerIds: string[] }): Promise<Lookup>
  whatIf(where: Where & { score: number }): Promise<WhatIf>
  readPeriods(
    leaderboard: string,
    page: { type?: LeaderboardType | undefined; limit: number; after?: string | undefined },
  ): Promise<Periods>
  readHistory(caller: Caller, where: Where & { playerId: string; limit: number }): Promise<History>

  createLeaderboard(definition: LeaderboardCreate): Promise<{ created: boolean; leaderboard: LeaderboardView }>
  listLeaderboards(): Promise<LeaderboardView[]>
  getLeaderboard(id: string): Promise<LeaderboardView>
  changeLeaderboard(id: string, patch: LeaderboardPatch): Promise<LeaderboardView>
  deleteLeaderboard(id: string): Promise<void>
  removePlayer(caller: Caller, leaderboard: string, playerId: string): Promise<void>
  /** Ends a SESSION standings now; the leaderboard's grace applies to submissions from before. */
  closeSession(leaderboard: string, sessionId: string): Promise<Periods['periods'][number]>

  putProfile(playerId: string, profile: ProfileInput): Promise<{ created: boolean; profile: Profile }>
  getProfile(playerId: string): Promise<Profile>

  /** Hides a player from every standings; repeated, nothing changes. */
  banPlayer(caller: Caller, playerId: string, reason: string): Promise<Moderation>
  /** Brings a player back to its places. */
  unbanPlayer(caller: Caller, playerId: string, reason: string | null): Promise<Moderation>
  /** Deletes what is kept about a person. */
  erasePlayer(caller: Caller, playerId: string): Promise<void>
  /** Everything that is kept about a person; `actor` of decisions is shown to servers and admins only. */
  exportPlayer(caller: Caller, playerId: string): Promise<PersonExport>

  /** Compares lists in Redis with Postgres and repairs them unless it is a dry run; resolves when done. */
  reconcile(caller: Caller, input: ReconcileInput): Promise<Reconciled>
  /** Builds lists in Redis anew; resolves when done. */
  rebuild(caller: Caller, input: RebuildInput): Promise<Rebuilt>
  readDrift(): Promise<DriftRuns>
  /** Takes back that a standings was closed. CONFLICT when it has ended, is sealed, or is being ranked at this moment. */
  reopen(input: ReopenInput): Promise<Reopened>
}
