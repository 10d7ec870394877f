import type { Leaderboard, LeaderboardType } from '../ranking/leaderboard.ts'
import type { FoldOutcome, LedgerItem } from '../ranking/fold-batch.ts'
import type { Period } from '../ranking/period.ts'
import type { StandingsStatus } from '../ranking/status.ts'
import type { Target } from '../ranking/targets.ts'
import type { EarlierRanks } from '../ranking/trend.ts'

/** Known at once from a cache, or asked for: the hot paths should not pay for a promise and its deadline. */
export type Awaitable<T> = T | Promise<T>

/** What was changed of things that nodes keep copies of. */
export interface Changed {
  /** Players whose profile changed, or who are gone. */
  players?: string[]
  /** Players whose totals changed. */
  totals?: string[]
  /** Sealed standings of which a row was hidden, shown or erased. */
  sealed?: number[]
  /** Standings that somebody left. */
  left?: number[]
  /** Live rooms whose standings had no row until now, by name: `arena/SESSION:final`. */
  begun?: string[]
}

/** A standings row. All but `endsAt`, `status` and `generation` never change. Times are epoch milliseconds. */
export interface Standings {
  id: number
  leaderboardNo: number
  type: LeaderboardType
  key: string
  startsAt: number | null
  endsAt: number | null
  /** As stored: what clients are shown follows `statusAt`. */
  status: StandingsStatus
  generation: number
  createdAt: number
}

/** Definitions. Another node's change is seen within 1 s. */
export interface LeaderboardStore {
  find(id: string): Awaitable<Leaderboard | null>
  /** By number, also removed ones that are still cached. */
  byNo(no: number): Leaderboard | null
  list(): Promise<Leaderboard[]>
  /** Reads all of them anew: the database is another one. */
  reload(): Promise<void>
  /** Null when the id is taken. */
  insert(board: Omit<Leaderboard, 'no'>): Promise<Leaderboard | null>
  /**
   * Writes what `by` makes of the definition as it is in Postgres, under its lock: what is in memory may lack a change that
   * another node just made. Null when it is gone; rejects with what `by` throws.
   */
  change(board: Leaderboard, by: (now: Leaderboard) => Leaderboard): Promise<Leaderboard | null>
  remove(board: Leaderboard): Promise<void>
}

export interface StandingsStore {
  /** The rows of the targets, in order; makes what is missing unless `make` is false for it (then null). */
  ensure(wanted: { board: Leaderboard; target: Target; make: boolean }[]): Awaitable<(Standings | null)[]>
  find(board: Leaderboard, type: LeaderboardType, key: string): Awaitable<Standings | null>
  byIds(ids: number[]): Awaitable<Map<number, Standings>>
  /** The row as it is in Postgres now; null when there is none. */
  reload(id: number): Promise<Standings | null>
  /** The same of many; those that there are. */
  reloadAll(ids: number[]): Promise<Map<number, Standings>>
  /** Those that take scores, of one leaderboard. */
  open(board: Leaderboard): Promise<Standings[]>
  /** Raises generations from those given; answers the rows by id, without those that have another by now. */
  nextGenerations(of: Standings[]): Promise<Map<number, Standings>>
  /** Drops what is cached: the database is another one. */
  forget(): void
  /**
   * Those that had begun at an instant, newest first, at most `limit` from behind `after` on; of one type or of all. `next`
   * is the `after` of what follows; null when nothing does.
   */
  begun(
    board: Leaderboard,
    of: { type?: LeaderboardType | undefined; at: number; limit: number; after?: string | undefined },
  ): Promise<{ rows: Standings[]; next: string | null }>
  /** Sets the end of a session; an end that is already set stays. Null when there is no such row. */
  close(board: Leaderboard, key: string, at: number): Promise<Standings | null>
}

/** Where submissions become durable. `lane` is below the number of lanes it was made with; one call a lane at a time. */
export interface Ledger {
  /** One transaction for all items. Rejects with `LedgerFailure`; outcomes are in the order of the items. */
  commit(lane: number, items: LedgerItem[], now: number): Promise<Committed>
}

export interface Committed {
  outcomes: FoldOutcome[]
  /** Entries as they stand after the batch, for every open standings it touched, by `entryKey`. */
  rows: Map<string, RankRow>
  /** Every standings the outcomes speak of. */
  standings: Map<number, Standings>
}

/** Why a commit failed: bad data (one row of the batch), a passing conflict, no answer in time, or a fault of ours. */
export class LedgerFailure extends Error {
  readonly kind: 'bad-data' | 'conflict' | 'unavailable' | 'fault'

  constructor(kind: LedgerFailure['kind'], cause: unknown) {
    super(`ledger: ${kind}`, { cause })
    this.kind = kind
  }
}

/** An entry on its way to the index. `hidden` takes it out of the list. */
export interface RankRow {
  board: Leaderboard
  standings: Standings
  playerId: string
  score: number
  version: number
  tie: number
  hidden: boolean
}

/** Ranks of one row around an application; null = not in the list (or unknown, for `before`). */
export interface AppliedRank {
  before: number | null
  after: number | null
  total: number
}

/** The named standings with its leaderboard's rules: what every read needs. */
export interface Board {
  board: Leaderboard
  standings: Standings
}

export interface RankedEntry {
  playerId: string
  score: number
  rank: number
}

/** `position` counts from 1 without sharing; it equals `rank` unless equal scores share ranks. */
export interface PlacedAt {
  rank: number
  position: number
  score: number
}

export interface Slice {
  total: number
  entries: RankedEntry[]
}

/** Ranked reads. Rejects when the source cannot answer; the index also when its list is not whole. */
export interface RankReader {
  page(of: Board, offset: number, limit: number): Promise<Slice>
  /** One result per player, in order. */
  places(of: Board, playerIds: string[]): Promise<{ total: number; places: (PlacedAt | null)[] }>
  /** The window around a player, from a zero-based place on; null `self` when the player is not in the list. */
  around(of: Board, playerId: string, span: number): Promise<Slice & { self: RankedEntry | null; start: number }>
  /** How many entries are ahead of a score, and how many equal it. */
  count(of: Board, score: number): Promise<{ total: number; ahead: number; equal: number }>
}

/** The hot ranking: `RankReader` over Redis plus applications. */
export interface RankIndex extends RankReader {
  /** False while Redis is away or has not been caught up since it came back. */
  usable(): boolean
  /**
   * Applies rows of any standings; null for those that could not be applied in time (repair is under way then). All lists that
   * are being restored are waited for together, `waitMs` at most.
   */
  apply(rows: RankRow[], waitMs?: number): Promise<(AppliedRank | null)[]>
  /** Rejects like a read. `known`: the revision of the caller's copy, if it has one. */
  top(of: Board, limit: number, known: string | null): Promise<Top>
  /** How many are in each list; null where it is not known. Never rejects, and starts no restore. */
  totals(board: Leaderboard, standings: Standings[]): Promise<(number | null)[]>
}

/** The first rows of a list; `entries` null when nothing among them changed since the revision known. */
export interface Top {
  total: number
  revision: string
  entries: { playerId: string; score: number }[] | null
}

/** Ranked reads of sealed standings, which nothing but hiding and erasure changes. */
export interface SealedReader extends RankReader {
  /** How many are visible, by standings id. */
  totals(standingsIds: number[]): Promise<Map<number, number>>
  /** Drops what is cached of these standings: a row of them was hidden, shown or erased; or the database is another one. */
  forget(standingsIds: number[] | 'all'): void
}

/** What only Postgres knows of an entry. */
export interface EntryStore extends RankReader {
  hidden(of: Board, playerId: string): Promise<{ score: number } | null>
  /** Counts entries by standings id; one without any is left out. */
  totals(standings: Standings[]): Promise<Map<number, number>>
}

export interface PlayerProfile {
  playerId: string
  displayName: string
  region: string | null
  country: string | null
  avatarUrl: string | null
  metadata: Record<string, unknown> | null
}

export interface PlayerStore {
  /** Profiles of those that exist, from a bounded cache; only cached ones while Postgres is away. */
  profiles(ids: string[]): Awaitable<Map<string, PlayerProfile>>
  /** The stored row, never cached. */
  find(id: string): Promise<PlayerProfile | null>
  /** Another node changed these profiles; or the database is another one. */
  forget(ids: string[] | 'all'): void
  /** What was made of profiles may be shown again while this stays the same. */
  revision(): number
}

/** Ranks once a day, for trends. */
export interface TrendStore {
  /** Those of the last snapshot; empty when there is none, or Postgres does not answer at once. Never rejects. */
  of(standingsId: number): Awaitable<EarlierRanks>
  /** Open standings of a leaderboard, but DAILY ones, from before a day and without a snapshot of it; oldest first. */
  due(board: Leaderboard, day: Period, limit: number): Promise<number[]>
  /** Keeps the ranks unless there are some of that day (`2026-11-25`) or a later one. */
  save(standingsId: number, day: string, ranks: EarlierRanks): Promise<void>
  /** Drops what is cached of these standings: somebody left them; or the database is another one. */
  forget(standingsIds: number[] | 'all'): void
}

/** What may be done with the lists, and where to report that they may lack something. */
export interface Gate {
  /** Redis answers: rows go in. */
  connected(): boolean
  /** Nothing committed is missing from the lists: they may be served. */
  usable(): boolean
  /** Something was not applied or not answered: nothing is served until a catch-up has gone through. */
  suspect(reason: unknown): void
  /** Answers whether the connection of now is still the one, however often it is asked later. */
  watch(): () => boolean
}
