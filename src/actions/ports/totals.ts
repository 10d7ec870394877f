import type { Totals } from '../../ranking/totals.ts'

export interface TotalsStore {
  /** From a bounded cache; null when there is no such player. */
  read(playerId: string): Promise<Totals | null>
  /** Some player's totals changed; or the database is another one. */
  forget(playerIds: string[] | 'all'): void
}
