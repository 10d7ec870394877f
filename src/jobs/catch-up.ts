import type { Board, LeaderboardStore, StandingsStore } from '../actions/ports.ts'
import type { Changes, DatabasePosition, ListWriter, Truth } from '../actions/repair-ports.ts'
import type { Log } from '../log.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { ensureWatermark, formatWatermark, parseWatermark, speaksOf } from './watermark.ts'

export interface CatchUpOptions {
  writer: ListWriter
  truth: Truth
  leaderboards: LeaderboardStore
  standings: StandingsStore
  /** Told where Postgres stands; answers whether it is another database than before, or was set back. */
  moved(position: DatabasePosition): boolean
  /** The database is another one than the lists were made from: what is cached of it is worth nothing. */
  onReplaced(): Promise<void>
  /** Every list of these leaderboards is lost. */
  onLost(boards: Leaderboard[]): void
  log: Log
}

/**
 * Brings the lists of every leaderboard up to what Postgres had committed when it was called, from the watermark that
 * Redis itself holds: a Redis that fell back to an older state brings an older watermark along. Transaction ids rather
 * than ledger ids, because a lower id may commit after a higher one. `stillConnected` guards the watermark: it only moves
 * when the server that was read is the one that is written to.
 */
export async function catchUp(options: CatchUpOptions, stillConnected: () => boolean): Promise<void> {
  const { writer, truth, log } = options
  const position = await truth.position()
  const read = async () =>
    Promise.all(
      (await options.leaderboards.list()).map(async (board) => ({ board, at: await writer.watermark(board.no) })),
    )
  let marks = await read()
  const foreign = marks.some(({ at }) => at !== null && !speaksOf(parseWatermark(at), position))
  // Another node may have seen to the lists already: what this one caches is its own affair.
  if (options.moved(position) || foreign) {
    log.warn('the database is not the one that the lists were made from, or was set back: all of it is read anew')
    await options.onReplaced()
    marks = await read()
  }

  const moving: { no: number; at: string; xid: string }[] = []
  const lost: Leaderboard[] = []
  for (const { board, at } of marks) {
    const mark = at === null ? null : parseWatermark(at)
    if (at !== null && speaksOf(mark, position)) {
      moving.push({ no: board.no, at, xid: mark.xid })
      continue
    }
    if (at !== null) await writer.drop(board.no, await truth.standingsIds(board.no))
    await ensureWatermark(writer, truth, board.no)
    lost.push(board)
  }
  if (lost.length > 0) options.onLost(lost)
  if (moving.length === 0) return

  const from = moving.map(({ xid }) => BigInt(xid)).reduce((least, xid) => (xid < least ? xid : least))
  const known = new Set(moving.map(({ no }) => no))
  for await (const changes of truth.changes(String(from), position.xmax))
    await repair(
      options,
      changes.filter((change) => known.has(change.leaderboardNo)),
    )
  if (!stillConnected()) throw new Error('Redis went away during the catch-up')
  const next = formatWatermark(position)
  const behind = moving.filter(({ xid }) => BigInt(xid) < BigInt(position.xmin))
  await Promise.all(behind.map(({ no, at }) => writer.advanceWatermark(no, at, next)))
}

/** Applies what of these changes the lists lack. */
async function repair(options: CatchUpOptions, changes: Changes[]): Promise<void> {
  const rows = await options.standings.byIds([...new Set(changes.map(({ standingsId }) => standingsId))])
  for (const { standingsId, versions } of changes) {
    const row = rows.get(standingsId)
    const board = row && options.leaderboards.byNo(row.leaderboardNo)
    if (board) await repairList(options, { board, standings: row }, versions)
  }
}

async function repairList({ writer, truth, log }: CatchUpOptions, of: Board, versions: string): Promise<void> {
  const lagging = await writer.lagging(of, versions)
  if (lagging === null || lagging.length === 0) return
  const words = versions.split(' ')
  const versionOf = new Map(words.flatMap((word, at) => (at % 2 === 0 ? [[word, Number(words[at + 1])] as const] : [])))
  const entries = await truth.entries(
    of,
    lagging.map((playerId) => ({ playerId, version: versionOf.get(playerId)! })),
  )
  await writer.write([{ of, rows: entries }], false)
  log.info({ leaderboard: of.board.id, standings: of.standings.id, rows: entries.length }, 'list caught up')
}
