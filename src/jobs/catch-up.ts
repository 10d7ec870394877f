import type { LeaderboardStore } from '../actions/ports/leaderboards.ts'
import type { StandingsStore } from '../actions/ports/standings.ts'
import type { Changes, DatabasePosition, Snapshot, Truth } from '../actions/ports/truth.ts'
import type { ListWriter } from '../actions/ports/lists.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { catchUpList, type CatchUpListOptions } from './catch-up-list.ts'
import { commonSnapshot, ensureWatermark, formatWatermark, parseWatermark, speaksOf } from './watermark.ts'

export interface CatchUpOptions extends CatchUpListOptions {
  writer: ListWriter
  truth: Truth
  leaderboards: LeaderboardStore
  standings: StandingsStore
  /** Called to say where Postgres stands; returns whether it is another database than before, or was set back. */
  moved(position: DatabasePosition): boolean
  /** The database is another one than the lists were made from: what is cached of it is worth nothing. */
  onReplaced(): Promise<void>
  /** All lists of these leaderboards were lost, and may not all be whole again; told in each pass until that is ended. */
  onLost(lost: LostBoard[]): void
}

export interface LostBoard {
  board: Leaderboard
  restoring: string
}

// Lists looked at together: one after the other, those of somebody who is banned in thousands would take half a minute.
const listsAtOnce = 16
// So many leaderboards may have a trouble of their own; more is a trouble of Redis or Postgres.
const failuresMax = 3

/**
 * Brings the lists of every leaderboard up to what Postgres had committed when it was called, from the watermark that
 * Redis itself holds: a Redis that fell back to an older state brings an older watermark along. Transaction ids rather
 * than ledger ids, because a lower id may commit after a higher one. A watermark moves only over rows that are in the list,
 * superseded, or of a list that is LOST for the generation that Postgres has. `stillConnected` guards it: it only moves when
 * the server that was read is the one that is written to. A leaderboard that is not through keeps its watermark; the others'
 * move, and then this rejects.
 */
export async function catchUp(options: CatchUpOptions, stillConnected: () => boolean): Promise<void> {
  const { writer, truth, log } = options
  let { marks, position } = await look(options)
  const foreign = marks.some(({ mark }) => mark !== null && !speaksOf(mark, position))
  // Another node may have seen to the lists already: what this one caches is its own affair.
  if (options.moved(position) || foreign) {
    log.warn('the database is not the one that the lists were made from, or was set back: all of it is read anew')
    await options.onReplaced()
    ;({ marks, position } = await look(options))
  }

  const failures = new Map<number, unknown>()
  const attempt = async (no: number, work: () => Promise<unknown>) => {
    if (failures.has(no)) return
    try {
      await work()
    } catch (error) {
      failures.set(no, error)
      if (!stillConnected() || failures.size === failuresMax) throw error
    }
  }

  const moving: { no: number; at: string; snapshot: Snapshot; restoring: string | null }[] = []
  const lost: LostBoard[] = []
  for (const { board, at, mark } of marks) {
    if (at !== null && speaksOf(mark, position)) {
      moving.push({ no: board.no, at, ...mark })
      if (mark.restoring !== null) lost.push({ board, restoring: mark.restoring })
      continue
    }
    await attempt(board.no, async () => {
      if (at !== null) await writer.drop(board.no, await truth.standingsIds(board.no))
      const restoring = await ensureWatermark(writer, truth, board.no)
      if (restoring !== null) lost.push({ board, restoring })
    })
  }
  if (lost.length > 0) options.onLost(lost)

  if (moving.length > 0) {
    const since = commonSnapshot(moving.map(({ snapshot }) => snapshot))
    const known = new Set(moving.map(({ no }) => no))
    for await (const changes of truth.changes(since, position.snapshot.xmax)) {
      const ours = changes.filter((change) => known.has(change.leaderboardNo))
      const boards = await boardsOf(options, ours)
      const catchUpOne = async ({ leaderboardNo, standingsId, versions }: Changes) => {
        const list = boards.get(standingsId)
        if (list) await attempt(leaderboardNo, () => catchUpList(options, list, versions))
      }
      for (let from = 0; from < ours.length; from += listsAtOnce)
        await Promise.all(ours.slice(from, from + listsAtOnce).map(catchUpOne))
    }
    if (!stillConnected()) throw new Error('Redis went away during the catch-up')
    await Promise.all(
      moving.map(async ({ no, at, restoring }) => {
        const next = formatWatermark(position, restoring)
        if (at !== next && !failures.has(no)) await writer.advanceWatermark(no, at, next)
      }),
    )
  }
  const [cause] = failures.values()
  if (failures.size > 0) throw new Error(`${failures.size} leaderboards are not caught up`, { cause })
}

/** Watermarks first: one that another node moves meanwhile must not look as if it were ahead of the database. */
async function look({ writer, truth, leaderboards }: CatchUpOptions) {
  const marks = await Promise.all(
    (await leaderboards.list()).map(async (board) => {
      const at = await writer.watermark(board.no)
      return { board, at, mark: at === null ? null : parseWatermark(at) }
    }),
  )
  return { marks, position: await truth.position() }
}

async function boardsOf({ standings, leaderboards }: CatchUpOptions, changes: Changes[]) {
  const rows = await standings.byIds([...new Set(changes.map(({ standingsId }) => standingsId))])
  return new Map(
    [...rows.values()].flatMap((row) => {
      const board = leaderboards.byNo(row.leaderboardNo)
      return board ? [[row.id, { board, standings: row }] as const] : []
    }),
  )
}
