import type { RankedList } from '../actions/ports/ranks.ts'
import type { LeaderboardStore } from '../actions/ports/leaderboards.ts'
import type { StandingsStore } from '../actions/ports/standings.ts'
import type { AuditRequest, RebuildReport, Repair, RepairRequest, RunStore } from '../actions/ports/repair.ts'
import type { DatabasePosition, Truth } from '../actions/ports/truth.ts'
import type { ListAuditor, ListBuilder, ListWriter, Versioned } from '../actions/ports/lists.ts'
import type { Log } from '../log.ts'
import { noteCleanAudit } from '../metrics.ts'
import { audit } from './audit.ts'
import { createAuditSchedule } from './audit-schedule.ts'
import { catchUp, type LostBoard } from './catch-up.ts'
import { catchUpList } from './catch-up-list.ts'
import { nameOf } from './list-name.ts'
import { createRebuilder } from './rebuild.ts'
import { createRedisGate } from './redis-gate.ts'
import { tellProgress } from './tell-progress.ts'
import { endRestoring, wasReplaced } from './watermark.ts'

export interface RepairOptions {
  writer: ListWriter
  builder: ListBuilder
  auditor: ListAuditor
  truth: Truth
  leaderboards: LeaderboardStore
  standings: StandingsStore
  runs: RunStore
  /** The lists of all standings that take scores. */
  everyList(): Promise<RankedList[]>
  /** Clients that watch a standings list: the most watched is built first. */
  watchers(list: RankedList): number
  /** The database is another one: whatever was cached of it has to go. */
  onReplaced(): Promise<void>
  /** Why Redis must not hold ranks; null when it may. */
  unfit(): Promise<string | null>
  catchUpIntervalMs: number
  auditIntervalMs: number
  auditRowsPerSecond: number
  log: Log
}

/** All that keeps Redis equal to Postgres: the gate with its catch-up, rebuilds, audits on demand and by the clock. */
export function createRepair(options: RepairOptions) {
  const { standings, runs, log } = options
  let stopped = false
  const rebuilder = createRebuilder({ ...options, stopped: () => stopped })

  const restoring = new Set<string>()
  /** Each node works at it, and the first one that is through says that it is done. */
  const restoreBoard = async ({ board, restoring: since }: LostBoard): Promise<void> => {
    const name = `${board.no} ${since}`
    if (restoring.has(name)) return
    restoring.add(name)
    try {
      await rebuilder.restoreAll((await standings.open(board)).map((row) => ({ board, standings: row })))
      if (!stopped) await endRestoring(options.writer, board.no, since)
    } catch (err) {
      log.warn({ err, leaderboard: board.id }, 'lost lists wait until the next catch-up, or until they are read')
    } finally {
      restoring.delete(name)
    }
  }
  const restore = (list: RankedList) => void rebuilder.restoreAll([list])
  let last: DatabasePosition | null = null
  let passing: Promise<void> = Promise.resolve()
  /** One after the other: positions have to be seen in order. */
  const pass = (stillConnected: () => boolean) =>
    (passing = passing.catch(() => {}).then(() => onePass(stillConnected)))
  const onePass = async (stillConnected: () => boolean) => {
    let seen = last
    await catchUp(
      {
        ...options,
        restore,
        moved(position) {
          seen = position
          return last !== null && wasReplaced(last, position)
        },
        onLost: (lost) => lost.forEach((one) => void restoreBoard(one)),
      },
      stillConnected,
    )
    last = seen
  }
  const gate = createRedisGate({ unfit: options.unfit, catchUp: pass, intervalMs: options.catchUpIntervalMs, log })

  const runAudit = async (lists: RankedList[], request: AuditRequest, claimed?: number) => {
    // What only waits to be applied is no difference.
    await pass(gate.watch())
    const rowsPerSecond = options.auditRowsPerSecond
    const report = await audit({ ...options, rebuilder, rowsPerSecond }, lists, request, claimed)
    if (request.leaderboard === null && report.found.length === 0) noteCleanAudit(Date.now())
    return report
  }
  const schedule = createAuditSchedule({
    runs,
    intervalMs: options.auditIntervalMs,
    ready: () => gate.usable(),
    run: async (claimed) =>
      runAudit(
        await options.everyList(),
        { leaderboard: null, standings: null, dryRun: false, startedBy: 'schedule' },
        claimed,
      ),
    onLastClean: noteCleanAudit,
    log,
  })

  const repair: Repair = {
    audit: (lists, request) => runAudit(lists, request),
    rebuild: (lists, request) => rebuildLists(lists, request),
  }
  const rebuildLists = async (lists: RankedList[], request: RepairRequest): Promise<RebuildReport> => {
    const started = Date.now()
    const { leaderboard, standings: selector, startedBy } = request
    const runId = await runs.start({ kind: 'REBUILD', leaderboard, standings: selector, dryRun: false, startedBy })
    const report: RebuildReport = { rebuilt: [], rows: 0, ms: 0 }
    const counts = () => ({ checked: report.rows, missing: 0, stale: 0, extra: 0, repaired: report.rows })
    const stop = tellProgress(runs, runId, counts)
    try {
      for (const list of lists) {
        const name = nameOf(list)
        report.rows += await rebuilder.rebuild(list, 'always', (rows) => request.onRows?.(rows, name))
        report.rebuilt.push(name)
      }
    } catch (error) {
      await runs.finish(runId, counts(), [], 'Postgres or Redis did not answer').catch(() => {})
      throw error
    } finally {
      stop()
    }
    await runs.finish(runId, counts(), [], null)
    return { ...report, ms: Date.now() - started }
  }

  return {
    gate,
    repair,
    restore: rebuilder.restore,
    /** `catchUpList` for rows that a list did not take. */
    catchUpList: (list: RankedList, rows: Versioned[]) =>
      catchUpList(
        { ...options, restore },
        list,
        rows.map(({ playerId, version }) => `${playerId} ${version}`).join(' '),
      ),
    running: rebuilder.running,
    start() {
      gate.start()
      schedule.start()
    },
    /** Resolves when nothing is repaired any more; Redis and Postgres have to be given up by then. */
    async stop() {
      stopped = true
      await Promise.all([gate.stop(), schedule.stop()])
    },
  }
}
