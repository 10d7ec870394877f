import type postgres from 'postgres'
import type { Tagged } from '../../src/postgres/connection/client.ts'
import * as playerLocks from '../../src/postgres/ledger/player-locks.ts'

/** Locks players as the server does, on a connection that reads numbers in its own way. */
export async function lockPlayers(tx: postgres.TransactionSql, ids: string[]): Promise<void> {
  await playerLocks.lockPlayers(tx as unknown as Tagged, ids)
}
