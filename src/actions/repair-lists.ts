import { iso } from './iso.ts'
import type { DriftRuns, Reconciled, Rebuilt, RebuildInput, ReconcileInput } from '../contract/repair.ts'
import { AppError } from '../errors.ts'
import { resolveStandings, findBoard, type NamingStores } from './resolve-standings.ts'
import type { RankedList } from './ports/ranks.ts'
import type { Repair, Run, RunStore } from './ports/repair.ts'
import type { Caller } from './request.ts'

export interface RepairActions {
  /** Compares lists in Redis with Postgres and repairs them unless it is a dry run; resolves when done. */
  reconcile(caller: Caller, input: ReconcileInput): Promise<Reconciled>
  /** Builds lists in Redis again; resolves when done. */
  rebuild(caller: Caller, input: RebuildInput): Promise<Rebuilt>
  readDrift(): Promise<DriftRuns>
}

export interface RepairListsOptions extends NamingStores {
  runs: RunStore
  repair: Repair
  /** Redis answers and is caught up. */
  usable(): boolean
}

export interface Scope {
  leaderboard?: string | undefined
  standings?: string | undefined
}

const runsShown = 50
const silentMs = 30_000

/** Audits and rebuilds of what an operator names: everything, a leaderboard, or one standings. */
export function createRepairs(options: RepairListsOptions): RepairActions {
  const { repair } = options
  const answered = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (error instanceof AppError) throw error
      throw new AppError(
        'UNAVAILABLE',
        'Postgres or Redis did not answer; what was repaired stays so, ask again later',
        {
          cause: error,
        },
      )
    })
  const ready = () => {
    if (!options.usable())
      throw new AppError('UNAVAILABLE', 'Redis is away or being caught up with Postgres; ask again shortly')
  }

  return {
    async reconcile(caller, { dryRun = false, ...scope }): Promise<Reconciled> {
      ready()
      const lists = await listsOf(options, scope)
      const report = await answered(repair.audit(lists, { ...named(scope), dryRun, startedBy: caller.sub ?? '' }))
      const { runId, checked, missing, stale, extra, repaired, found, ms } = report
      return { runId, checked, missing, stale, extra, repaired, found, ms }
    },

    async rebuild(caller, scope): Promise<Rebuilt> {
      ready()
      const lists = await listsOf(options, scope)
      return answered(repair.rebuild(lists, { ...named(scope), startedBy: caller.sub ?? '' }))
    },

    async readDrift(): Promise<DriftRuns> {
      return { runs: (await options.runs.newest(runsShown)).map((run) => toView(run, Date.now())) }
    },
  }
}

/** The lists in a scope, those that take scores. Rejects with VALIDATION or NOT_FOUND. */
export async function listsOf(stores: NamingStores, { leaderboard, standings }: Scope): Promise<RankedList[]> {
  if (leaderboard === undefined) {
    if (standings !== undefined)
      throw new AppError('VALIDATION', 'standings needs the leaderboard that it belongs to', {
        issues: [{ path: 'leaderboard', message: 'is required with standings' }],
      })
    const boards = await stores.leaderboards.list()
    const rows = await Promise.all(boards.map((board) => stores.standings.open(board)))
    return boards.flatMap((board, at) => rows[at]!.map((row) => ({ board, standings: row })))
  }
  if (standings !== undefined) {
    const { board, row } = await resolveStandings(stores, { leaderboard, standings }, Date.now())
    return row === null || row.status === 'SEALED' ? [] : [{ board, standings: row }]
  }
  const board = await findBoard(stores.leaderboards, leaderboard)
  return (await stores.standings.open(board)).map((row) => ({ board, standings: row }))
}

function named({ leaderboard, standings }: Scope) {
  return { leaderboard: leaderboard ?? null, standings: standings ?? null }
}

function toView(run: Run, now: number): DriftRuns['runs'][number] {
  const { id: runId, startedAt, finishedAt, seenAt, ...rest } = run
  const state =
    run.error !== null ? 'failed' : finishedAt !== null ? 'done' : now - seenAt > silentMs ? 'interrupted' : 'running'
  return {
    runId,
    ...rest,
    state,
    startedAt: iso(startedAt),
    finishedAt: iso(finishedAt),
    ms: (finishedAt ?? seenAt) - startedAt,
  }
}
