/** Up to where a node has read: a snapshot of Postgres, as text. */
export interface ChangesSeen {
  snapshot: string
  /** Epoch milliseconds, as Postgres told. */
  at: number
}

/** What was changed of things that nodes keep copies of, written in the transaction of each change. */
export interface ChangeStore {
  /** What became visible since; `all` when that cannot be told: nothing was read before, or too long ago. */
  since(seen: ChangesSeen | null): Promise<{ seen: ChangesSeen; changes: Changed[] | 'all' }>
  /** Deletes what is too old to be read. */
  purge(): Promise<void>
}

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
