import type { RankedList } from '../actions/ports/ranks.ts'
import type { Repair, RepairRequest } from '../actions/ports/repair.ts'
import { listsOf, type Scope } from '../actions/repair-lists.ts'
import type { Config } from '../config.ts'
import { openCore } from '../core.ts'
import { createProgress, formatNumber, perSecond } from './progress.ts'
import { howToRun } from '../installation.ts'
import { createLog } from '../log.ts'
import { withDeadline } from '../timing/deadline.ts'
import { watchConnection } from '../redis/client.ts'

/** Audits with progress on standard output; returns the exit code. Rejects when Postgres or Redis do not answer. */
export async function runReconcile(config: Config, { dryRun = false, ...scope }: Scope & { dryRun?: boolean }) {
  const report = await withRepair(config, scope, (repair, lists, request) =>
    repair.audit(lists, { ...request, dryRun }),
  )
  const { checked, missing, stale, extra, repaired, ms } = report
  for (const one of report.found)
    console.log(`${one.standings}: ${one.missing} missing, ${one.stale} stale, ${one.extra} extra`)
  const differ = missing + stale + extra
  const verdict =
    differ === 0
      ? 'Redis equals Postgres'
      : `${missing} missing, ${stale} stale, ${extra} extra; ${dryRun ? 'nothing was changed' : `${repaired} repaired`}`
  console.log(`${formatNumber(checked)} rows compared in ${(ms / 1000).toFixed(1)} s: ${verdict}`)
  return differ > repaired ? 1 : 0
}

/** Rebuilds with progress and rate on standard output. Rejects when Postgres or Redis do not answer. */
export async function runRebuild(config: Config, scope: Scope): Promise<void> {
  const { rebuilt, rows, ms } = await withRepair(config, scope, (repair, lists, request) =>
    repair.rebuild(lists, request),
  )
  const rate = formatNumber(perSecond(rows, ms))
  console.log(`${rebuilt.length} lists, ${formatNumber(rows)} rows in ${(ms / 1000).toFixed(1)} s, ${rate}/s`)
}

const patienceMs = 10_000

async function withRepair<T>(
  config: Config,
  scope: Scope,
  work: (repair: Repair, lists: RankedList[], request: RepairRequest) => Promise<T>,
): Promise<T> {
  const log = createLog({ level: 'error', pretty: true })
  const core = openCore({
    config: { ...config, postgres: { ...config.postgres, poolMin: 0 } },
    catchUpIntervalMs: 0,
    watchers: () => 0,
    onBegun: () => {},
    onReplaced: () => {},
    log,
  })
  const { stores, redis, repair } = core
  try {
    const { gate } = repair
    const up = new Promise<void>((resolve) =>
      watchConnection(redis, { up: () => resolve(gate.connectionUp()), down: gate.connectionDown }),
    )
    await withDeadline(Promise.all([core.connect(patienceMs), up]), patienceMs, 'Redis').catch((cause: unknown) => {
      throw new Error(`Redis does not answer: \`${howToRun('doctor')}\` says more`, { cause })
    })
    const lists = await listsOf(stores, scope)
    let rows = 0
    for (const { standings } of lists) rows += await stores.periods.countEntries(standings.id)
    const progress = createProgress('rows', rows)
    const request = {
      leaderboard: scope.leaderboard ?? null,
      standings: scope.standings ?? null,
      startedBy: 'cli',
      onRows: (rows: number) => progress.add(rows),
    }
    try {
      return await work(repair.repair, lists, request)
    } finally {
      progress.stop()
    }
  } finally {
    await Promise.all([core.stop(), repair.stop()])
  }
}
