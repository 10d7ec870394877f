import type { RankRow } from './ranks.ts'
import type { Standings } from './standings.ts'
import type { FoldOutcome, LedgerItem } from '../../ranking/fold-batch.ts'

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
