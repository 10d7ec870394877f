import type { NewRun, Run, RunCounts, RunStore } from '../../actions/ports/repair.ts'
import type { Sql, Tagged } from '../connection/client.ts'

interface Row extends RunCounts {
  id: number
  kind: Run['kind']
  leaderboard: string | null
  standings: string | null
  dry_run: boolean
  started_by: string
  started_at: Date
  seen_at: Date
  finished_at: Date | null
  found: Run['found']
  error: string | null
}

const claimLock = 5_108_224 // any number that nothing else locks
const foundLimit = 100
const keptDays = 90
// Of a run that tells every two seconds how far it is.
const silentSeconds = 30
// One that still runs is among them: others that began later were asked for by hand.
const newestRuns = 20
const runs = (sql: Tagged) => sql`finished_at is null and seen_at > now() - make_interval(secs => ${silentSeconds})`

/** Repair runs in `reconcile_runs`. */
export function createRunStore(sql: Sql): RunStore {
  const insert = async (on: Tagged, run: NewRun): Promise<number> => {
    const [row] = await on<{ id: number }[]>`
      insert into reconcile_runs (kind, leaderboard, standings, dry_run, started_by)
      values (${run.kind}, ${run.leaderboard}, ${run.standings}, ${run.dryRun}, ${run.startedBy}) returning id`
    return row!.id
  }

  return {
    start: (run) => insert(sql, run),

    // The lock orders the claims, so that the second one sees the first.
    claimAudit: (intervalMs) =>
      sql.begin(async (own) => {
        await own`select pg_advisory_xact_lock(${claimLock})`
        const begun = await own`
          select 1 from (
            select * from reconcile_runs where kind = 'AUDIT' and leaderboard is null and not dry_run
            order by started_at desc limit ${newestRuns}
          ) newest
          where started_at > now() - make_interval(secs => ${intervalMs / 1000}) or ${runs(own)} limit 1`
        if (begun.length > 0) return null
        await own`delete from reconcile_runs where started_at < now() - make_interval(days => ${keptDays})`
        const run = { kind: 'AUDIT', leaderboard: null, standings: null, dryRun: false, startedBy: 'schedule' } as const
        return insert(own, run)
      }),

    async progress(id, { checked, missing, stale, extra, repaired }) {
      await sql`
        update reconcile_runs set seen_at = now(), checked = ${checked}, missing = ${missing}, stale = ${stale},
          extra = ${extra}, repaired = ${repaired} where id = ${id} and finished_at is null`
    },

    async finish(id, { checked, missing, stale, extra, repaired }, found, error) {
      await sql`
        update reconcile_runs set seen_at = now(), finished_at = now(), checked = ${checked}, missing = ${missing},
          stale = ${stale}, extra = ${extra}, repaired = ${repaired},
          found = ${JSON.stringify(found.slice(0, foundLimit))}::text::jsonb, error = ${error} where id = ${id}`
    },

    async newest(limit) {
      const rows = await sql<Row[]>`select * from reconcile_runs order by started_at desc, id desc limit ${limit}`
      return rows.map(toRun)
    },

    async lastClean() {
      const [row] = await sql<{ at: Date }[]>`
        select finished_at as at from reconcile_runs
        where kind = 'AUDIT' and leaderboard is null and finished_at is not null and error is null
          and missing + stale + extra = 0
        order by started_at desc limit 1`
      return row?.at.getTime() ?? null
    },
  }
}

function toRun(row: Row): Run {
  return {
    id: row.id,
    kind: row.kind,
    leaderboard: row.leaderboard,
    standings: row.standings,
    dryRun: row.dry_run,
    startedBy: row.started_by,
    startedAt: row.started_at.getTime(),
    seenAt: row.seen_at.getTime(),
    finishedAt: row.finished_at?.getTime() ?? null,
    checked: row.checked,
    missing: row.missing,
    stale: row.stale,
    extra: row.extra,
    repaired: row.repaired,
    found: row.found,
    error: row.error,
  }
}
