import type postgres from 'postgres'
import { LedgerFailure } from '../../actions/ports/ledger.ts'
import { connectPool, keyedAccess, type SqlOptions, type Tagged } from '../connection/client.ts'

type Reserved = postgres.ReservedSql<{ bigint: number }>

/** A connection for one transaction after the other. */
export interface Lane {
  /**
   * Runs `work` on the connection. It sends `begin` and `commit` itself, together with the statements around them: a
   * round trip costs more than a statement. `stillOpen` throws when the connection has closed since the begin; it has to
   * be asked in the turn in which more is sent, for a reconnected one would run that outside of any transaction.
   */
  transaction<Result>(work: (sql: Tagged, stillOpen: () => void) => Promise<Result>): Promise<Result>
  /** Drops the connection, whatever it waits for. */
  renew(): void
  end(timeoutSeconds: number): Promise<void>
}

export interface LaneOptions extends Omit<SqlOptions, 'max' | 'settings' | 'onClose'> {
  /** Called with every connection but the first: the server at the other end may be another one. */
  onReconnect(): void
}

export function connectLane(url: string, options: LaneOptions): Lane {
  let connection: Reserved | null = null
  let connections = 0
  const forget = () => {
    connection = null
  }
  // One transaction at a time: what fails always ran on the current client.
  const pool = connectPool(url, { ...options, max: 1, settings: keyedAccess, onClose: forget, freshForMs: 1000 })

  const reserve = async (): Promise<Reserved> => {
    // postgres.js never answers a reservation that has to connect first (with `fetch_types` off).
    await pool.sql`select 1`
    if (connections++ > 0) options.onReconnect()
    return pool.sql.reserve()
  }

  return {
    async transaction(work) {
      const own = (connection ??= await reserve())
      const stillOpen = () => {
        if (connection !== own) throw new LedgerFailure('unavailable', new Error('the connection closed'))
      }
      try {
        return await work(own, stillOpen)
      } catch (error) {
        // After a commit that did roll back this is only a warning.
        if (connection === own) await own`rollback`.catch(forget)
        throw error
      }
    },
    renew() {
      forget()
      pool.renew()
    },
    end(timeoutSeconds) {
      connection?.release()
      return pool.end(timeoutSeconds)
    },
  }
}
