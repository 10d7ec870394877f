// What the naive model keeps and answers, written from docs/protocol.md like the model itself.

export interface Definition {
  id: string
  order: 'desc' | 'asc'
  operator: 'best' | 'last' | 'sum'
  ties: 'first' | 'last' | 'id'
  rankStyle: 'ordinal' | 'competition'
  types: string[]
  decimals: number
  minScore?: number
  maxScore?: number
  timezone: string
  submitBy: 'server' | 'player'
  graceMs: number
}

export interface Sent {
  playerId: string
  score: number
  submissionId?: string
  occurredAt?: string
  sessionId?: string
}

export interface Item {
  standings: string
  applied: boolean
  reason: string | null
  score: number | null
  previousScore: number | null
  rank: number | null
  previousRank: number | null
  total: number
}

export interface Stored {
  applied: boolean
  reason: string | null
  duplicate: boolean
  standings: Item[]
  row: LedgerRow
}

/** What must come back: a receipt, or an error with one of these codes. */
export type Expected = Stored | { refused: string[] }

export interface LedgerRow {
  playerId: string
  /** Null for the removal of the player. */
  sent: Sent | null
  joins: string[]
  items: Item[]
  /** What a removal took the player out of. */
  left: string[]
}

export interface Place {
  playerId: string
  score: number
  rank: number
  position: number
}

export interface HistoryEntry {
  kind: string
  score: number | null
  reason: string | null
  changed?: string[]
}

/** A player's rows of the ledger, oldest first, as its history of one standings, or of all (`*`), newest first. */
export function historyOf(types: string[], rows: LedgerRow[], standings: string): HistoryEntry[] {
  const every = standings === '*'
  const rankOf = (one: string) => types.indexOf(one.split(':')[0]!)
  const inOrder = (a: string, b: string) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1)
  const entries = rows.flatMap((row): HistoryEntry[] => {
    const { sent, items, left } = asNow(rows, row)
    const effects = [...items, ...left.map((one) => ({ standings: one, applied: true, reason: null }))]
    const asked = effects.filter((one) => every || one.standings === standings)
    if (asked.length === 0) return []
    const changed = asked.filter(({ applied }) => applied).map((one) => one.standings)
    return [
      {
        kind: sent === null ? 'REMOVE' : 'SCORE',
        score: sent?.score ?? null,
        reason: changed.length > 0 ? null : asked[0]!.reason,
        ...(every && { changed: changed.toSorted(inOrder) }),
      },
    ]
  })
  return entries.toReversed()
}

/** A row as a repeat of it is answered: nothing is left of what the player did before it was removed. */
export function asNow(ledger: LedgerRow[], row: LedgerRow): LedgerRow {
  const since = ledger.slice(ledger.indexOf(row))
  if (!since.some(({ playerId, sent }) => playerId === row.playerId && sent === null)) return row
  const gone = { applied: false, score: null, previousScore: null }
  const reason = (item: Item) => (item.reason === 'WINDOW_CLOSED' ? item.reason : 'REMOVED')
  return { ...row, items: row.items.map((item) => ({ ...item, ...gone, reason: reason(item) })) }
}
