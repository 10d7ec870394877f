import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'

/** Holds a transaction that has an id open for a while; `elsewhere`: in another database of the same Postgres. */
export async function holdTransaction(url: string, elsewhere: boolean, ms: number): Promise<void> {
  const database = elsewhere ? { database: 'postgres' } : {}
  const sql = postgres(url, { ...database, max: 1, onnotice: () => {}, connect_timeout: 5, idle_timeout: 0 })
  try {
    const one = await sql.reserve()
    await one`set idle_in_transaction_session_timeout = 0`
    await one`begin`
    await one`select pg_current_xact_id()`
    await sleep(ms)
    await one`rollback`
    one.release()
  } catch {
    // Postgres was killed meanwhile, which ends it too.
  } finally {
    await sql.end({ timeout: 1 })
  }
}
