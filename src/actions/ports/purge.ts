/** A deleted leaderboard that something may be left of. `final`: so long ago that nothing comes back any more. */
export interface Deleted {
  no: number
  id: string
  final: boolean
}

/** Where the deletion of entries got to. */
export interface EntryCursor {
  standingsId: number
  playerId: string
}

/** What working off deleted leaderboards needs from Postgres. */
export interface PurgeStore {
  /** One that is due, for a minute: others leave it alone meanwhile. Null when there is none. */
  claim(keepMs: number): Promise<Deleted | null>
  /** Its standings, in the order of type and key. */
  standings(
    no: number,
    after: { type: string; key: string } | null,
    limit: number,
  ): Promise<{ id: number; type: string; key: string }[]>
  /** No writer and no repair touches them from now on. */
  seal(standingsIds: number[]): Promise<void>
  /** Deletes at most `limit` and returns the last of them; null when there were none. */
  deleteEntries(standingsIds: number[], after: EntryCursor | null, limit: number): Promise<EntryCursor | null>
  /** Deletes at most `limit` final places and returns how many there were. */
  deletePlaces(standingsIds: number[], limit: number): Promise<number>
  /** As entries: rows of the ledger, by player. */
  deleteLedger(no: number, after: string | null, limit: number): Promise<string | null>
  /** With their seasons and trends. */
  deleteStandings(standingsIds: number[]): Promise<void>
  /** When it is due again; `done`: never, its row alone stays. */
  settle(no: number, next: 'soon' | 'later' | 'done'): Promise<void>
}
