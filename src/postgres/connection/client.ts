import postgres from 'postgres'
import { backOff } from '../../timing/back-off.ts'
import { arrayTypes } from './array-types.ts'

// Ids, scores and versions all fit a double exactly (ids stay below 2^48, see ranking/order.ts).
const types = { bigint: { to: 20, from: [20], serialize: String, parse: Number }, ...arrayTypes }

export type Sql = postgres.Sql<{ bigint: number }>

export type Transaction = postgres.TransactionSql<{ bigint: number }>

/** What runs a statement, in a transaction or not. */
export type Tagged = postgres.ISql<{ bigint: number }>

export interface SqlOptions {
  name: string
  max: number
  connectTimeoutMs: number
  statementTimeoutMs: number
  /** Server settings for these connections. */
  settings?: Record<string, string>
  /** Called when a connection closes. */
  onClose?: () => void
}

/**
 * A pool for tagged queries. Separate from Drizzle's client, which changes its serializers. A backend whose client died
 * lets go of its locks within seconds (`idle_in_transaction_session_timeout`, `client_connection_check_interval`).
 */
export function connectSql(url: string, options: SqlOptions): Sql {
  return postgres(url, {
    max: options.max,
    types,
    fetch_types: false,
    connect_timeout: Math.ceil(options.connectTimeoutMs / 1000),
    // In seconds. The library's own delay grows to 20 s; a server that is back should be used soon.
    backoff: (attempt) => backOff(attempt, reconnect) / 1000,
    keep_alive: 30,
    onnotice: () => {},
    ...(options.onClose ? { onclose: options.onClose } : {}),
    connection: {
      application_name: `rankpulse-${options.name}`,
      statement_timeout: options.statementTimeoutMs,
      idle_in_transaction_session_timeout: 5000,
      client_connection_check_interval: 2000,
      // A peer that a firewall has forgotten holds its connection for a minute, not for two hours.
      tcp_keepalives_idle: 30,
      tcp_keepalives_interval: 10,
      tcp_keepalives_count: 3,
      synchronous_commit: 'on',
      jit: 'off',
      // Other zones have odd offsets in old dates, which Date cannot parse.
      TimeZone: 'UTC',
      ...options.settings,
    },
  })
}

const reconnect = { baseMs: 100, maxMs: 1000 }

export interface Pool {
  /** Queries on whatever client is current. */
  sql: Sql
  /** Drops the client and its connections and connects afresh, unless the client is younger than `freshForMs`. */
  renew(): void
  end(timeoutSeconds: number): Promise<void>
}

const warmAfterMs = 1000

/**
 * A client that can be replaced. postgres.js waits without an end on a half-open connection, and after some disconnects keeps
 * a slot that cannot connect any more (see driver-fault.ts); a fresh client is free of both. `min` connections are opened
 * ahead, and again a second after one closed (postgres.js has no minimum; it closes each after half an hour to an hour).
 * `freshForMs` (default: the time to connect) keeps what failed on the client before, or because that one was dropped, from
 * ending a new one while it still connects: on a busy machine nothing would ever get through.
 */
export function connectPool(url: string, options: SqlOptions & { min?: number; freshForMs?: number }): Pool {
  const { min = 0, freshForMs = options.connectTimeoutMs } = options
  let warming: NodeJS.Timeout | undefined
  let ended = false
  const connect = (): Sql => {
    const client: Sql = connectSql(url, {
      ...options,
      onClose() {
        // A replaced client closes its connections late: they say nothing about those of the client that is used now.
        if (client !== current) return
        options.onClose?.()
        if (min > 0 && !ended)
          warming ??= setTimeout(() => {
            warming = undefined
            if (!ended) warm(current, min)
          }, warmAfterMs).unref()
      },
    })
    warm(client, min)
    return client
  }
  let current = connect()
  let renewedAt = -Infinity
  const sql = new Proxy(current, {
    apply: (_, __, args: Parameters<Sql>) => current(...args),
    get: (_, property) => Reflect.get(current, property) as unknown,
  })
  return {
    sql,
    renew() {
      if (ended || performance.now() - renewedAt < freshForMs) return
      renewedAt = performance.now()
      const old = current
      current = connect()
      void old.end({ timeout: 0 }).catch(() => {})
    },
    end(timeout) {
      ended = true
      clearTimeout(warming)
      return current.end({ timeout })
    },
  }
}

/** Statements at the same time take a connection each. One that fails is a matter of who needs the connection. */
function warm(sql: Sql, connections: number): void {
  for (let one = 0; one < connections; one++) sql`select 1`.catch(() => {})
}

/**
 * Settings for clients that only ever look rows up by key: a plan made while a table was empty would scan it for as long
 * as the plan is cached, so scanning and hashing plans are priced out. What is left is one plan, whatever the parameters:
 * Postgres need not make it again for a short array (https://www.postgresql.org/docs/15/sql-prepare.html, notes).
 */
export const keyedAccess = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
}
