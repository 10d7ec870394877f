/** What made a ledger row: a score, a verified match, or a decision about a player. */
export const ledgerKinds = ['SCORE', 'MATCH', 'BAN', 'UNBAN', 'REGION', 'REMOVE', 'ERASE'] as const
export type LedgerKind = (typeof ledgerKinds)[number]
