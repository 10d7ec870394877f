import type { Versioned, StoredEntry } from './lists.ts'
import type { RankedList, RankRow } from './ranks.ts'

/** Committed changes of one standings: `player version player version ...`, the newest version of each player's entry. */
export interface Changes {
  leaderboardNo: number
  standingsId: number
  versions: string
}

/** Where a database stands. */
export interface DatabasePosition {
  /** Names this database and its ledger: another one, or one restored from a dump, has another. */
  identity: string
  /** The newest ledger id drawn. */
  lastId: number
  snapshot: Snapshot
}

/** Which transactions are visible: those with ids below `xmax` that are not `open` (ascending). */
export interface Snapshot {
  xmax: string
  open: string[]
}

/** Postgres as the source that lists in Redis are repaired from. */
export interface Truth {
  /**
   * Visible entries of a standings list in pages of at most `size`, each as it is when it is read. Pages follow one another by
   * player id, from the first after `after`; within one, entries are sorted by score. `last` is the greatest player id.
   */
  walk(standingsId: number, size: number, after?: string): AsyncIterable<{ rows: StoredEntry[]; last: string }>
  /** The first page of each of these standings that has entries, as `walk` yields it. */
  firstPages(standingsIds: number[], size: number): Promise<Map<number, { rows: StoredEntry[]; last: string }>>
  /** Entries of players as they are; one that has none comes hidden, with the version given. */
  entries(list: RankedList, versions: Versioned[]): Promise<RankRow[]>
  /** The visible ones among these players' entries. */
  visible(standingsId: number, playerIds: string[]): Promise<StoredEntry[]>
  position(): Promise<DatabasePosition>
  /**
   * Changes of ledger rows with transaction ids below `to` that a snapshot does not show, in chunks; at most 500 players a
   * text.
   */
  changes(since: Snapshot, to: string): AsyncIterable<Changes[]>
  standingsIds(leaderboardNo: number): Promise<number[]>
}
