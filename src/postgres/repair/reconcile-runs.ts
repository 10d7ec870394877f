import { and, desc, eq, isNotNull, isNull, lt, sql as expression } from 'drizzle-orm'
import type { NewRun, Run, RunStore } from '../../actions/ports/repair.ts'
import { builderOn } from '../connection/builder.ts'
import type { Sql, Tagged } from '../connection/client.ts'
import { reconcileRuns as runs } from '../schema/reconcile-runs.ts'

const claimLock = 5_108_224 // any number that nothing else locks
const foundLimit = 100
const keptDays = 90
// A run reports its progress every two seconds.
const silentSeconds = 30
// A run that still goes on is among these; later ones were requested by hand.
const newestRuns = 20

const ofEverything = and(eq(runs.kind, 'AUDIT'), isNull(runs.leaderboard))
const now = expression`now()`

/** Repair runs in `reconcile_runs`. */
export function createRunStore(sql: Sql): RunStore {
  const db = builderOn(sql)
  const insert = async (on: Tagged, run: NewRun): Promise<number> => {
    const [row] = await builderOn(on).insert(runs).values(run).returning({ id: runs.id })
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
          where started_at > now() - make_interval(secs => ${intervalMs / 1000})
            or finished_at is null and seen_at > now() - make_interval(secs => ${silentSeconds}) limit 1`
        if (begun.length > 0) return null
        await builderOn(own)
          .delete(runs)
          .where(lt(runs.startedAt, expression`now() - make_interval(days => ${keptDays})`))
        return insert(own, { kind: 'AUDIT', leaderboard: null, standings: null, dryRun: false, startedBy: 'schedule' })
      }),

    async progress(id, counts) {
      await db
        .update(runs)
        .set({ ...counts, seenAt: now })
        .where(and(eq(runs.id, id), isNull(runs.finishedAt)))
    },

    async finish(id, counts, found, error) {
      const text = expression`${JSON.stringify(found.slice(0, foundLimit))}::text::jsonb`
      await db
        .update(runs)
        .set({ ...counts, seenAt: now, finishedAt: now, found: text, error })
        .where(eq(runs.id, id))
    },

    async newest(limit) {
      const rows = await db.select().from(runs).orderBy(desc(runs.startedAt), desc(runs.id)).limit(limit)
      return rows.map(toRun)
    },

    async lastClean() {
      const clean = eq(expression`missing + stale + extra`, 0)
      const [row] = await db
        .select({ at: runs.finishedAt })
        .from(runs)
        .where(and(ofEverything, isNotNull(runs.finishedAt), isNull(runs.error), clean))
        .orderBy(desc(runs.startedAt))
        .limit(1)
      return row?.at?.getTime() ?? null
    },
  }
}

function toRun(row: typeof runs.$inferSelect): Run {
  const { startedAt, seenAt, finishedAt } = row
  return {
    ...row,
    startedAt: startedAt.getTime(),
    seenAt: seenAt.getTime(),
    finishedAt: finishedAt?.getTime() ?? null,
  }
}
