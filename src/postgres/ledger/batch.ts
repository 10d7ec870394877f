import { isFinal } from '../../ranking/status.ts'
import type { Standings } from '../../actions/ports/standings.ts'
import {
  entryKey,
  type FoldEntry,
  type FoldOutcome,
  type FoldTarget,
  type LedgerItem,
} from '../../ranking/fold-batch.ts'
import type { EntryKey, LedgerRow } from './ledger-queries.ts'
import type { Placed } from './place-items.ts'
import { toStored } from './stored-effects.ts'

/** What one transaction is made of. */
export interface Batch {
  items: LedgerItem[]
  placed: Placed
  regions: Map<string, string | null>
  /** Epoch milliseconds. */
  now: number
}

export interface FoldedBatch {
  outcomes: FoldOutcome[]
  entries: Map<string, FoldEntry>
  status: StatusNow
}

/** End (epoch milliseconds) and status of the placed standings as of the locks: the cached ones may be older. */
export type StatusNow = Map<number, { endsAt: number | null; name: Standings['status'] }>

/** Ledger ids, both ends included. */
export interface IdRange {
  first: number
  last: number
}

/** How many ids to draw for the batches after one of `count`, so that twice as many are there. */
export function idsAhead(count: number, left = 0): number {
  return Math.max(1, 2 * Math.max(count, 32) - left)
}

/** The range of these ids; null when another transaction drew between them. */
export function rangeOf(first: number, last: number, count: number): IdRange | null {
  return last - first + 1 === count ? { first, last } : null
}

/** The entries that a batch may change, by `entryKey`. */
export function entryKeys({ items, placed }: Batch): Map<string, EntryKey> {
  const keys = new Map<string, EntryKey>()
  items.forEach(({ playerId }, index) => {
    for (const { standings } of placed.targets[index]!)
      if (standings) keys.set(entryKey(standings.id, playerId), { standingsId: standings.id, playerId })
  })
  return keys
}

/** Whose rows a batch locks: sorted and distinct. */
export function playersOf({ items }: Batch): string[] {
  return [...new Set(items.map((item) => item.playerId))].sort()
}

/** The targets as the fold takes them, with what is known of their standings. */
export function foldTargets({ placed }: Batch, status: StatusNow): FoldTarget[][] {
  return placed.targets.map((list) =>
    list.map(({ selector, standings }) => {
      const row = standings && status.get(standings.id)
      return {
        selector,
        standingsId: standings?.id ?? null,
        endsAt: row?.endsAt ?? null,
        sealed: isFinal(row?.name),
      }
    }),
  )
}

/**
 * The ledger rows to write. A duplicate carries the id of an earlier row, so only rows made by this fold match the id
 * drawn for their item.
 */
export function ledgerRows(items: LedgerItem[], outcomes: FoldOutcome[], ids: number[]): LedgerRow[] {
  const rows: LedgerRow[] = []
  items.forEach((item, index) => {
    const outcome = outcomes[index]!
    if (outcome.kind === 'stored' && outcome.id === ids[index])
      rows.push({ id: outcome.id, item, effects: outcome.effects.map(toStored) })
  })
  return rows
}
