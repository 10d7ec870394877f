import type { RankedList } from './ranks.ts'

// What repair needs: the lists in Redis as they are, Postgres as what they have to be, and a record of what was found.

export interface RunCounts {
  checked: number
  missing: number
  stale: number
  extra: number
  repaired: number
}

/** What a run is about: everything, a leaderboard, or one standings (a selector) of it. */
export interface RunScope {
  leaderboard: string | null
  standings: string | null
}

export interface NewRun extends RunScope {
  kind: 'AUDIT' | 'REBUILD'
  dryRun: boolean
  startedBy: string
}

/** Differences in one standings. */
export interface ListDifferences {
  standings: string
  missing: number
  stale: number
  extra: number
}

export interface Run extends NewRun, RunCounts {
  id: number
  startedAt: number
  seenAt: number
  finishedAt: number | null
  found: ListDifferences[]
  error: string | null
}

/** The record of repair runs. Times are epoch milliseconds. */
export interface RunStore {
  start(run: NewRun): Promise<number>
  /** Starts an audit of everything unless one was started within `intervalMs` or goes on; null then. One node wins. */
  claimAudit(intervalMs: number): Promise<number | null>
  /** A run that goes on tells so within 30 s, again and again; one that has ended stays as it ended. */
  progress(id: number, counts: RunCounts): Promise<void>
  finish(id: number, counts: RunCounts, found: ListDifferences[], error: string | null): Promise<void>
  /** Newest first. */
  newest(limit: number): Promise<Run[]>
  /** End of the last audit of everything that found nothing wrong; null when there was none. */
  lastClean(): Promise<number | null>
}

export interface RepairRequest extends RunScope {
  /** Who asked: the subject of a token, `cli` or `schedule`. */
  startedBy: string
  /** Called with rows that were worked on, and the list that they belong to (`leaderboard/selector`). */
  onRows?(rows: number, list: string): void
}

export interface AuditRequest extends RepairRequest {
  dryRun: boolean
}

export interface AuditReport extends RunCounts {
  runId: number
  found: ListDifferences[]
  ms: number
}

export interface RebuildReport {
  rebuilt: string[]
  rows: number
  ms: number
}

/** Repairs on demand. Both reject when Postgres or Redis do not answer; what was repaired by then stays so. */
export interface Repair {
  audit(lists: RankedList[], request: AuditRequest): Promise<AuditReport>
  rebuild(lists: RankedList[], request: RepairRequest): Promise<RebuildReport>
}
