import type { DatabasePosition, ListWriter, Snapshot, Truth } from '../actions/repair-ports.ts'

/**
 * How far the lists of a leaderboard are: everything that a snapshot shows is in them. It names the database that it speaks
 * of and the newest ledger id there was, so that one that was replaced or set back is noticed.
 */
export type Watermark = DatabasePosition

/** The watermark of lists that hold everything there was at a position; the snapshot in the words of Postgres. */
export function formatWatermark({ identity, lastId, snapshot: { xmax, open } }: DatabasePosition): string {
  return `${identity} ${lastId} ${open[0] ?? xmax}:${xmax}:${open.join(',')}`
}

/** Null when the text is no watermark. One of before there were snapshots is the id below which all was settled. */
export function parseWatermark(text: string): Watermark | null {
  const [, identity, lastId, xmin, xmax, open] =
    /^([0-9a-f]+) (\d+) (\d+)(?::(\d+):((?:\d+(?:,\d+)*)?))?$/.exec(text) ?? []
  if (identity === undefined) return null
  const snapshot = { xmax: xmax ?? xmin!, open: open === undefined || open === '' ? [] : open.split(',') }
  return { identity, lastId: Number(lastId), snapshot }
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

/** Without a watermark nothing tells how far the lists of a leaderboard are behind: they all count as lost. */
export async function ensureWatermark(writer: ListWriter, truth: Truth, leaderboardNo: number): Promise<void> {
  if ((await writer.watermark(leaderboardNo)) !== null) return
  const position = await truth.position()
  await writer.startWatermark(leaderboardNo, await truth.standingsIds(leaderboardNo), formatWatermark(position))
}
