import type { Item, LedgerRow } from './naive-ledger.ts'

/** A row as a repeat of it is answered: nothing is left of what the player did before it was removed. */
export function asNow(ledger: LedgerRow[], row: LedgerRow): LedgerRow {
  const since = ledger.slice(ledger.indexOf(row))
  if (!since.some(({ playerId, sent }) => playerId === row.playerId && sent === null)) return row
  const gone = { applied: false, score: null, previousScore: null }
  const reason = (item: Item) => (item.reason === 'WINDOW_CLOSED' ? item.reason : 'REMOVED')
  return { ...row, items: row.items.map((item) => ({ ...item, ...gone, reason: reason(item) })) }
}
