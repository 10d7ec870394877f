import type { DatabasePosition, ListWriter, Truth } from '../actions/repair-ports.ts'

/**
 * How far the lists of a leaderboard are: everything below a transaction id is in them. It names the database that it
 * speaks of and the newest ledger id there was, so that one that was replaced or set back is noticed.
 */
export interface Watermark {
  identity: string
  lastId: number
  xid: string
}

/** The watermark of lists that hold everything settled at a position. */
export function formatWatermark({ identity, lastId, xmin }: DatabasePosition): string {
  return `${identity} ${lastId} ${xmin}`
}

/** Null when the text is no watermark. */
export function parseWatermark(text: string): Watermark | null {
  const [, identity, lastId, xid] = /^([0-9a-f]+) (\d+) (\d+)$/.exec(text) ?? []
  return identity === undefined ? null : { identity, lastId: Number(lastId), xid: xid! }
}

/** Whether a watermark speaks of this database's past: another database, or one that was set back, proves nothing. */
export function speaksOf(mark: Watermark | null, at: DatabasePosition): mark is Watermark {
  return (
    mark !== null && mark.identity === at.identity && mark.lastId <= at.lastId && BigInt(mark.xid) <= BigInt(at.xmax)
  )
}

/** Whether a database is another one than at an earlier look, or was set back since. */
export function wasReplaced(before: DatabasePosition, now: DatabasePosition): boolean {
  return before.identity !== now.identity || before.lastId > now.lastId || BigInt(before.xmax) > BigInt(now.xmax)
}

/** Without a watermark nothing tells how far the lists of a leaderboard are behind: they all count as lost. */
export async function ensureWatermark(writer: ListWriter, truth: Truth, leaderboardNo: number): Promise<void> {
  if ((await writer.watermark(leaderboardNo)) !== null) return
  const position = await truth.position()
  await writer.startWatermark(leaderboardNo, await truth.standingsIds(leaderboardNo), formatWatermark(position))
}
