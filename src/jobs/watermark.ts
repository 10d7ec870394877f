import type { DatabasePosition, Snapshot, Truth } from '../actions/ports/truth.ts'
import type { ListWriter } from '../actions/ports/lists.ts'

/**
 * How far the lists of a leaderboard are: everything that a snapshot shows is in them. It names the database that it speaks
 * of and the newest ledger id there was, so that one that was replaced or set back is noticed.
 */
export interface Watermark extends DatabasePosition {
  /** Names a loss of all lists of the leaderboard that are not all whole again: a node that reads this restores them. */
  restoring: string | null
}

/** The watermark of lists that hold everything there was at a position; the snapshot in the words of Postgres. */
export function formatWatermark({ identity, lastId, snapshot }: DatabasePosition, restoring: string | null): string {
  const { xmax, open } = snapshot
  const text = `${identity} ${lastId} ${open[0] ?? xmax}:${xmax}:${open.join(',')}`
  return restoring === null ? text : `${text} ${restoring}`
}

/** Null when the text is no watermark. One of before there were snapshots is the id below which all was settled. */
export function parseWatermark(text: string): Watermark | null {
  const [, identity, lastId, xmin, xmax, open, restoring] =
    /^([0-9a-f]+) (\d+) (\d+)(?::(\d+):((?:\d+(?:,\d+)*)?)(?: (\d+))?)?$/.exec(text) ?? []
  if (identity === undefined) return null
  const snapshot = { xmax: xmax ?? xmin!, open: open === undefined || open === '' ? [] : open.split(',') }
  return { identity, lastId: Number(lastId), snapshot, restoring: restoring ?? null }
}

/** Whether a watermark speaks of this database's past: another database, or one that was set back, proves nothing. */
export function speaksOf(mark: Watermark | null, at: DatabasePosition): mark is Watermark {
  return mark !== null && !wasReplaced(mark, at)
}

/** Whether a database is another one than at an earlier look, or was set back since. */
export function wasReplaced(before: DatabasePosition, now: DatabasePosition): boolean {
  return (
    before.identity !== now.identity ||
    before.lastId > now.lastId ||
    BigInt(before.snapshot.xmax) > BigInt(now.snapshot.xmax)
  )
}

/** What all of these snapshots show: what one of them lacks is not in it. */
export function commonSnapshot(snapshots: Snapshot[]): Snapshot {
  const xmax = snapshots.map((one) => BigInt(one.xmax)).reduce((least, xid) => (xid < least ? xid : least))
  const open = new Set(snapshots.flatMap((one) => one.open).filter((xid) => BigInt(xid) < xmax))
  return { xmax: String(xmax), open: [...open] }
}

/**
 * Without a watermark nothing tells how far the lists of a leaderboard are behind: they all count as lost. The watermark says
 * so until they are restored, for who found it out may die before that. Returns what it says of it.
 */
export async function ensureWatermark(
  writer: ListWriter,
  truth: Truth,
  leaderboardNo: number,
): Promise<Watermark['restoring']> {
  let at = await writer.watermark(leaderboardNo)
  if (at === null) {
    const position = await truth.position()
    const text = formatWatermark(position, position.snapshot.xmax)
    await writer.startWatermark(leaderboardNo, await truth.standingsIds(leaderboardNo), text)
    at = await writer.watermark(leaderboardNo)
  }
  return (at === null ? null : parseWatermark(at))?.restoring ?? null
}

/** All lists of a leaderboard that were lost then are whole again. */
export async function endRestoring(writer: ListWriter, leaderboardNo: number, restoring: string): Promise<void> {
  for (;;) {
    const at = await writer.watermark(leaderboardNo)
    const mark = at === null ? null : parseWatermark(at)
    if (mark?.restoring !== restoring) return
    // It moves all the time.
    if (await writer.advanceWatermark(leaderboardNo, at!, formatWatermark(mark, null))) return
  }
}
