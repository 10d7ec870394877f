import type { Standings } from './standings.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'

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
export interface RankedList {
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
  page(list: RankedList, offset: number, limit: number): Promise<Slice>
  /** One result per player, in order. */
  places(list: RankedList, playerIds: string[]): Promise<{ total: number; places: (PlacedAt | null)[] }>
  /** The window around a player, from a zero-based place on; null `self` when the player is not in the list. */
  around(list: RankedList, playerId: string, span: number): Promise<Slice & { self: RankedEntry | null; start: number }>
  /** How many entries are ahead of a score, and how many equal it. */
  count(list: RankedList, score: number): Promise<{ total: number; ahead: number; equal: number }>
}

/** The hot ranking: `RankReader` over Redis plus applications. */
export interface RankIndex extends RankReader {
  /** False while Redis is unreachable, or not caught up since it came back. */
  usable(): boolean
  /**
   * Applies rows of any standings; null for those that could not be applied in time (repair is under way then). All lists that
   * are being restored are waited for together, `waitMs` at most.
   */
  apply(rows: RankRow[], waitMs?: number): Promise<(AppliedRank | null)[]>
  /** Rejects like a read. `known`: the revision of the caller's copy, if it has one. */
  top(list: RankedList, limit: number, known: string | null): Promise<Top>
  /** How many are in each list; null where it is not known. Never rejects, and starts no restore. */
  totals(board: Leaderboard, standings: Standings[]): Promise<(number | null)[]>
}

/** The first rows of a list; `entries` null when nothing among them changed since the revision known. */
export interface Top {
  total: number
  revision: string
  entries: { playerId: string; score: number }[] | null
}

/** What may be done with the lists, and where to report that they may lack something. */
export interface Gate {
  /** Redis answers: rows go in. */
  connected(): boolean
  /** Nothing committed is missing from the lists: they may be served. */
  usable(): boolean
  /** Something was not applied or not answered: nothing is served until a catch-up has gone through. */
  suspect(reason: unknown): void
  /** Returns whether the connection of now is still the one, however often it is asked later. */
  watch(): () => boolean
}
