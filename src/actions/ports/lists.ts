import type { RankedList, RankRow } from './ranks.ts'

/**
 * State of a list in Redis: only WHOLE is served, STAGING takes writes into a copy, LOST takes nothing. It is
 * about the generation in the call: on LOST the caller reads the row again and asks once more.
 */
export type ListState = 'WHOLE' | 'STAGING' | 'LOST'

export interface AppliedGroup {
  state: ListState
  total: number
  /** Per row; null = not in the list, or not asked for. */
  ranks: { before: number | null; after: number | null }[]
}

export interface Versioned {
  playerId: string
  version: number
}

/**
 * The lists in Redis, without any policy. Rejects when Redis does not answer. A list whose keys Redis cannot work with is
 * thrown away and LOST.
 */
export interface ListWriter {
  /**
   * Rows of one leaderboard, grouped by standings, each player once a group; fenced and idempotent. `ranks` false skips
   * counting them.
   */
  write(groups: { list: RankedList; rows: RankRow[] }[], ranks: boolean): Promise<AppliedGroup[]>
  /** The players that lag behind the given versions (see `Changes`); null when the list takes no rows. */
  lagging(list: RankedList, versions: string): Promise<string[] | null>
  /** Null when there is no watermark; '' when the key is not a text. */
  watermark(leaderboardNo: number): Promise<string | null>
  /** Declares every list of a leaderboard LOST, then starts its watermark, unless it has one. */
  startWatermark(leaderboardNo: number, standingsIds: number[], at: string): Promise<void>
  /** False when it is another one by now. */
  advanceWatermark(leaderboardNo: number, from: string, to: string): Promise<boolean>
  /** Deletes every key of the standings; the leaderboard's other lists are not touched. */
  dropLists(leaderboardNo: number, standingsIds: number[]): Promise<void>
  /** Deletes every key of the standings and the watermark. */
  drop(leaderboardNo: number, standingsIds: number[]): Promise<void>
}

/** Which lists may be built again: lost ones only, any while it is served, or any that is not to be served any more. */
export type BuildOf = 'lost' | 'always' | 'distrust'

/**
 * WHOLE: nothing to do. NEWER: it is whole under a later generation than was named; nothing was done. BUSY: another one builds. BEGUN, RESUMED: from now on every write goes into the copy that is served
 * or names `generation`, which the copy will have; all rows up to player `after` are in.
 */
export interface Begun {
  state: 'WHOLE' | 'NEWER' | 'BUSY' | 'BEGUN' | 'RESUMED'
  generation: number
  after: string
  /** What is whole is served meanwhile. */
  served: boolean
}

/** Some rows of a copy. */
export interface Load {
  list: RankedList
  /** Counts the calls for this copy since it was begun or resumed, from 1 on. */
  call: number
  /** Visible ones, read after `begin`. */
  rows: StoredEntry[]
  /** The player up to whom all rows are in with these; null within a page. */
  last: string | null
  /** The copy takes the place of the list, under this generation; null: not yet. */
  finish: number | null
}

/** BEHIND: an earlier call is not in, or not any more. GONE: the copy was deleted, or belongs to another builder. */
export type Loaded = 'IN' | 'WHOLE' | 'BEHIND' | 'GONE'

/**
 * Builds lists of a leaderboard beside what is served, any number a call. A builder that has not said anything for 5 s is
 * taken for dead, and another one goes on with its copy of what is lost.
 */
export interface ListBuilder {
  /** `held`: the token that the caller had before, '' for none. A result a list, in order. */
  begin(lists: RankedList[], token: string, what: BuildOf, held: string): Promise<Begun[]>
  /** A result each, in order. */
  load(loads: Load[], token: string): Promise<Loaded[]>
  alive(lists: RankedList[], token: string): Promise<void>
  /** Members of what is served, or was. */
  members(list: RankedList): Promise<number>
  /** Gives up, for this builder or for dead ones: a copy beside what is served goes, one of what is lost waits. */
  leave(lists: RankedList[], token: string): Promise<void>
}

/** A visible entry as Postgres has it: player, scaled score, version, tie. */
export type StoredEntry = [playerId: string, score: number, version: number, tie: number]

/** What a list holds of a player, as Redis writes it; '' where it has none. */
export interface StoredMember {
  stored: string
  key: string
  buried: string
}

export interface ListAuditor {
  /** One result a player, in order, whatever the state. */
  inspect(list: RankedList, playerIds: string[]): Promise<{ state: ListState; held: StoredMember[] }>
  /** Whether these are what the list would hold of a row. */
  matches(list: RankedList, held: StoredMember, row: StoredEntry): boolean
  /** -1 where none is held. */
  versionOf(held: StoredMember): number
  /** All members in steps of about `size`, each at least once: players, and members that no version names. */
  scan(list: RankedList, size: number): AsyncIterable<{ playerIds: string[]; strays: string[] }>
  /** Sets players to their row, `null` takes them out; true for those that still were as they were found. */
  mend(list: RankedList, rows: { playerId: string; held: StoredMember; row: StoredEntry | null }[]): Promise<boolean[]>
}
