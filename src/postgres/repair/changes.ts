import type { ChangeStore, Changed } from '../../actions/ports/changes.ts'
import type { Sql, Tagged } from '../connection/client.ts'
import type { PlayerChange } from '../ledger/entry-changes.ts'

const keptMinutes = 60
// Half of the time that rows are kept: what is told as complete is.
const tellableMs = (keptMinutes * 60_000) / 2
const tellableRows = 20_000
const purgedAtOnce = 5000

/** Notes what a transaction makes stale: seen by every node exactly when the change itself is. */
export async function noteChanged(tx: Tagged, what: Changed): Promise<Changed> {
  await tx`insert into changes (what) values (${JSON.stringify(what)}::text::jsonb)`.execute()
  return what
}

/** The standings that players left. */
export function leftBy(changes: PlayerChange[]): Pick<Changed, 'left'> {
  const entries = changes.flatMap((change) => change.entries)
  const left = entries.filter(({ score, kept }) => score === null && kept === null).map((one) => one.standingsId)
  return left.length === 0 ? {} : { left }
}

/**
 * Reads what nodes noted. By snapshots, since a message may be lost, and a number drawn by a sequence is there before the
 * commit: a reader that has seen it may keep the old value again.
 */
export function createChangeStore(sql: Sql): ChangeStore {
  return {
    async since(seen) {
      const then = seen?.snapshot ?? null
      const [row] = await sql<{ snapshot: string; at: number; told: boolean | null; changes: string | null }[]>`
        select s::text as snapshot, (extract(epoch from clock_timestamp()) * 1000)::int8 as at,
          pg_snapshot_xmax(s) >= pg_snapshot_xmax(${then}::text::pg_snapshot) as told, (
            select json_agg(what)::text from (
              select what from changes where xid >= pg_snapshot_xmax(${then}::text::pg_snapshot)
              union all
              select what from changes where xid = any(array(select pg_snapshot_xip(${then}::text::pg_snapshot)))
              limit ${tellableRows + 1}
            ) c
          ) as changes
        from pg_current_snapshot() s`
      const { snapshot, at, told } = row!
      const changes = JSON.parse(row!.changes ?? '[]') as Changed[]
      // One that was set back, or has deleted rows since, does not tell all of it.
      const whole = seen !== null && told === true && at - seen.at < tellableMs && changes.length <= tellableRows
      return { seen: { snapshot, at }, changes: whole ? changes : 'all' }
    },

    async purge() {
      for (let deleted = purgedAtOnce; deleted === purgedAtOnce;) {
        const { count } = await sql`
          delete from changes where (xid, id) in (select xid, id from changes order by xid, id limit ${purgedAtOnce})
            and at < clock_timestamp() - make_interval(mins => ${keptMinutes})`
        deleted = count
      }
    },
  }
}
