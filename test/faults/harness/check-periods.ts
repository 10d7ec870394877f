import type { Sql } from '../../../src/postgres/connection/client.ts'
import type { FaultBoard } from './boards.ts'

/** Periods that were ended before they are over, by Postgres's clock. A session has no end but the one it is given. */
export async function checkPeriods(sql: Sql, boards: readonly Pick<FaultBoard, 'id'>[]): Promise<string[]> {
  const rows = await sql<{ id: string; type: string; key: string; status: string; ends: string }[]>`
    select l.id, s.type, s.key, s.status, s.ends_at::text as ends
    from standings s join leaderboards l on l.no = s.leaderboard_no
    where l.id = any(${boards.map(({ id }) => id)}::text[]) and l.deleted_at is null and s.status <> 'OPEN' and s.ends_at > clock_timestamp()
    order by s.id`
  return rows.map(({ id, type, key, status, ends }) => `${id}/${type}:${key} is ${status}, and it ends at ${ends}`)
}
