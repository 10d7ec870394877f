import { createLog } from '../../src/log.ts'
import { connectSql } from '../../src/postgres/connection/client.ts'
import { migrateDatabase } from '../../src/postgres/connection/migrate.ts'
import type { RowJob } from '../load/row-load.ts'
import type { Stack } from './stack.ts'

const database = 'yardstick'

/**
 * The same tables in a database of their own, so that the server does not see these rows and catch up with them.
 * Returns the job for each operator.
 */
export async function prepareYardstick(
  { sql, databaseUrl }: Stack,
  load: { inFlight: number; players: number },
): Promise<(operator: 'best' | 'sum') => Promise<RowJob>> {
  await sql.unsafe(`create database ${database}`)
  const url = new URL(databaseUrl)
  url.pathname = `/${database}`
  await migrateDatabase(url.href, createLog({ level: 'warn', pretty: false }))

  return async (operator) => {
    const settings = { name: 'bench', max: 1, connectTimeoutMs: 5000, statementTimeoutMs: 0 }
    const own = connectSql(url.href, settings)
    try {
      const [row] = await own<{ no: number; id: number }[]>`
        with board as (
          insert into leaderboards (id, title, metric, rank_order, operator, ties, rank_style, types, decimals, timezone,
            submit_by, live_limit, tick_ms, grace_ms)
          values (${operator}, ${operator}, 'score', 'desc', ${operator}, 'first', 'ordinal', '{GLOBAL}', 0, 'UTC',
            'server', 100, 100, 60000) returning no
        )
        insert into standings (leaderboard_no, type, key) select no, 'GLOBAL', '' from board
        returning leaderboard_no as no, id`
      return {
        kind: 'rows',
        databaseUrl: url.href,
        pool: 10,
        ...load,
        leaderboardNo: row!.no,
        standingsId: row!.id,
        operator,
      }
    } finally {
      await own.end({ timeout: 2 })
    }
  }
}
