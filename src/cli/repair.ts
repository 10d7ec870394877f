import type { RankedList } from '../actions/ports/ranks.ts'
import type { Repair, RepairRequest } from '../actions/ports/repair.ts'
import { listsOf, type Scope } from '../actions/repair-lists.ts'
import type { Config } from '../config.ts'
import { createProgress, formatNumber, perSecond } from './progress.ts'
import { howToRun } from '../installation.ts'
import { createRepair } from '../jobs/repair.ts'
import { createLog } from '../log.ts'
import { connectPool, keyedAccess } from '../postgres/connection/client.ts'
import { withDeadline } from '../timing/deadline.ts'
import { createEntryStore } from '../postgres/standings/entries.ts'
import { createLeaderboardStore } from '../postgres/standings/leaderboards.ts'
import { createRunStore } from '../postgres/repair/reconcile-runs.ts'
import { createSeasonStore } from '../postgres/standings/seasons.ts'
import { createStandingsStore } from '../postgres/standings/standings.ts'
import { createTruth } from '../postgres/repair/truth.ts'
import { connectRedis, connectRepairs, watchConnection } from '../redis/client.ts'
import { createListAuditor } from '../redis/list-auditor.ts'
import { createListBuilder } from '../redis/list-builder.ts'
import { createListWriter } from '../redis/list-writer.ts'

/** Audits with progress on standard output; answers the exit code. Rejects when Postgres or Redis do not answer. */
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
const counting = { concurrency: 1, queue: 1, deadlineMs: 60_000 }

async function withRepair<T>(
  config: Config,
  scope: Scope,
  work: (repair: Repair, lists: RankedList[], request: RepairRequest) => Promise<T>,
): Promise<T> {
  const log = createLog({ level: 'error', pretty: true })
  const { url, connectTimeoutMs, statementTimeoutMs } = config.postgres
  const times = { connectTimeoutMs, settings: keyedAccess }
  const cold = connectPool(url, { name: 'cli', max: 2, statementTimeoutMs, ...times })
  const repairs = connectPool(url, { name: 'cli-repair', max: 4, statementTimeoutMs: 0, ...times })
  const redis = connectRedis(config.redis, log)
  const patient = connectRepairs(config.redis, redis)
  const leaderboards = createLeaderboardStore(cold.sql, log)
  const standings = createStandingsStore(cold.sql)
  const seasons = createSeasonStore(cold.sql, log)
  const opened = createRepair({
    writer: createListWriter(redis),
    builder: createListBuilder(patient),
    auditor: createListAuditor(patient),
    truth: createTruth(repairs),
    leaderboards,
    standings,
    runs: createRunStore(cold.sql),
    everyList: () => listsOf({ leaderboards, standings, seasons }, {}),
    watchers: () => 0,
    onReplaced: () => {},
    unfit: () => Promise.resolve(null),
    catchUpIntervalMs: 0,
    auditIntervalMs: 0,
    auditRowsPerSecond: config.audit.rowsPerSecond,
    log,
  })
  try {
    const { gate } = opened
    const up = new Promise<void>((resolve) =>
      watchConnection(redis, { up: () => resolve(gate.connectionUp()), down: gate.connectionDown }),
    )
    await withDeadline(Promise.all([redis.connect(), patient.connect(), up]), patienceMs, 'Redis').catch(
      (cause: unknown) => {
        throw new Error(`Redis does not answer: \`${howToRun('doctor')}\` says more`, { cause })
      },
    )
    const lists = await listsOf({ leaderboards, standings, seasons }, scope)
    const totals = await createEntryStore(repairs, counting).totals(lists.map((list) => list.standings))
    const progress = createProgress(
      'rows',
      [...totals.values()].reduce((sum, rows) => sum + rows, 0),
    )
    const request = {
      leaderboard: scope.leaderboard ?? null,
      standings: scope.standings ?? null,
      startedBy: 'cli',
      onRows: (rows: number) => progress.add(rows),
    }
    try {
      return await work(opened.repair, lists, request)
    } finally {
      progress.stop()
    }
  } finally {
    redis.disconnect()
    patient.disconnect()
    await Promise.all([opened.stop(), cold.end(1), repairs.end(1)])
  }
}
