import type { RankedList } from '../actions/ports/ranks.ts'
import type { StandingsStore } from '../actions/ports/standings.ts'
import type { AuditReport, AuditRequest, ListDifferences, RunCounts, RunStore } from '../actions/ports/repair.ts'
import type { Truth } from '../actions/ports/truth.ts'
import type { ListAuditor, ListBuilder } from '../actions/ports/lists.ts'
import type { Log } from '../log.ts'
import { reconcileRows } from '../metrics.ts'
import { auditList } from './audit-list.ts'
import { createPace } from './pace.ts'
import { nameOf } from './list-name.ts'
import type { Rebuilder } from './rebuild.ts'
import { tellProgress } from './tell-progress.ts'

export interface AuditOptions {
  auditor: ListAuditor
  builder: Pick<ListBuilder, 'leave'>
  truth: Truth
  standings: Pick<StandingsStore, 'reload'>
  rebuilder: Pick<Rebuilder, 'restore' | 'rebuild'>
  runs: RunStore
  rowsPerSecond: number
  log: Log
}

/** Audits lists one after the other, under the record of a run. Rejects when Postgres or Redis do not answer. */
export async function audit(
  options: AuditOptions,
  lists: RankedList[],
  request: AuditRequest,
  claimed?: number,
): Promise<AuditReport> {
  const { runs, log } = options
  const started = Date.now()
  const { leaderboard, standings, dryRun, startedBy } = request
  const runId = claimed ?? (await runs.start({ kind: 'AUDIT', leaderboard, standings, dryRun, startedBy }))
  const total: RunCounts = { checked: 0, missing: 0, stale: 0, extra: 0, repaired: 0 }
  const found: ListDifferences[] = []
  const pace = createPace(options.rowsPerSecond)
  let checked = 0
  const stop = tellProgress(runs, runId, () => ({ ...total, checked: total.checked + checked }))
  try {
    for (const { board, standings: asked } of lists) {
      const row = await options.standings.reload(asked.id)
      if (row === null || row.status === 'SEALED') continue
      const list = { board, standings: row }
      const name = nameOf(list)
      checked = 0
      const onChecked = (rows: number) => {
        checked += rows
        request.onRows?.(rows, name)
      }
      // A builder that died beside a list that is served leaves a copy that every write still goes into.
      if (!dryRun) await options.builder.leave([list], '')
      const reload = async ({ standings: one }: RankedList) => ({
        board,
        standings: (await options.standings.reload(one.id)) ?? one,
      })
      const counts = await auditList({ ...options, pace, reload, dryRun, onChecked }, list)
      checked = 0
      // It may have been sealed since, and its list deleted.
      const differs = counts.missing + counts.stale + counts.extra > 0
      if (differs && (await options.standings.reload(asked.id))?.status === 'SEALED') continue
      for (const key of Object.keys(total) as (keyof RunCounts)[]) {
        total[key] += counts[key]
        reconcileRows.inc({ result: key }, counts[key])
      }
      const { missing, stale, extra, repaired } = counts
      if (!differs) continue
      found.push({ standings: name, missing, stale, extra })
      log.warn({ list: name, missing, stale, extra, repaired, dryRun }, 'a list in Redis differed from Postgres')
    }
  } catch (error) {
    await runs.finish(runId, total, found, 'Postgres or Redis did not answer').catch(() => {})
    throw error
  } finally {
    stop()
  }
  await runs.finish(runId, total, found, null)
  return { runId, ...total, found, ms: Date.now() - started }
}
