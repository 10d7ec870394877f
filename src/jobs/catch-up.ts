import type { Board, Change, LeaderboardStore, ListWriter, StandingsStore, Truth } from '../actions/ports.ts'
import type { Log } from '../log.ts'
import { ensureWatermark } from './restore.ts'

export interface CatchUpOptions {
  writer: ListWriter
  truth: Truth
  leaderboards: LeaderboardStore
  standings: StandingsStore
  log: Log
}

/**
 * Brings the lists of every leaderboard up to what Postgres had committed when it was called, from the watermark that
 * Redis itself holds: a Redis that fell back to an older state brings an older watermark along. Transaction ids rather
 * than ledger ids, because a lower id may commit after a higher one. `stillConnected` guards the watermark: it only moves
 * when the server that was read is the one that is written to.
 */
export async function catchUp(options: CatchUpOptions, stillConnected: () => boolean): Promise<void> {
  const { writer, truth } = options
  const boards = await options.leaderboards.list()
  const { xmin, xmax } = await truth.snapshot()
  const marks = await Promise.all(boards.map(async ({ no }) => ({ no, at: await writer.watermark(no) })))
  const moving: { no: number; at: string }[] = []
  for (const { no, at } of marks) {
    if (at !== null && BigInt(at) <= BigInt(xmax)) {
      moving.push({ no, at })
      continue
    }
    // Missing, or ahead of a database that was set back: the lists prove nothing.
    if (at !== null) await writer.drop(no, await truth.standingsIds(no))
    await ensureWatermark(writer, truth, no)
  }
  if (moving.length === 0) return

  const from = moving.map(({ at }) => BigInt(at)).reduce((least, at) => (at < least ? at : least))
  const known = new Set(moving.map(({ no }) => no))
  for await (const changes of truth.changes(String(from), xmax))
    await repair(
      options,
      changes.filter((change) => known.has(change.leaderboardNo)),
    )
  if (!stillConnected()) throw new Error('Redis went away during the catch-up')
  await Promise.all(
    moving.filter(({ at }) => BigInt(at) < BigInt(xmin)).map(({ no, at }) => writer.advanceWatermark(no, at, xmin)),
  )
}

/** Applies what of these changes the lists lack. */
async function repair(
  { writer, truth, leaderboards, standings, log }: CatchUpOptions,
  changes: Change[],
): Promise<void> {
  const newest = new Map<number, Map<string, number>>()
  for (const { standingsId, playerId, version } of changes) {
    const players = newest.get(standingsId) ?? new Map<string, number>()
    newest.set(standingsId, players.set(playerId, Math.max(version, players.get(playerId) ?? 0)))
  }
  const rows = await standings.byIds([...newest.keys()])
  for (const [id, players] of newest) {
    const row = rows.get(id)
    const board = row && leaderboards.byNo(row.leaderboardNo)
    if (!board) continue
    const of: Board = { board, standings: row }
    const versions = [...players].map(([playerId, version]) => ({ playerId, version }))
    const lagging = await writer.lagging(of, versions)
    if (lagging === null || lagging.length === 0) continue
    const wanted = new Set(lagging)
    const entries = await truth.entries(
      of,
      versions.filter(({ playerId }) => wanted.has(playerId)),
    )
    await writer.write([{ of, rows: entries }], false)
    log.info({ leaderboard: board.id, standings: id, rows: entries.length }, 'list caught up')
  }
}
