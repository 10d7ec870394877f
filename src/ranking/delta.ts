import { longestIncreasing } from './longest-increasing.ts'
import { formatScore } from './score.ts'

/** A row of a live list. `score`: the scaled integer on the server, the number of the wire in a client. */
export interface LiveRow {
  playerId: string
  score: number
  displayName: string
  region: string | null
}

/** How a row that is set travels; `profile` on entry or change. */
export type SetTuple =
  | [index: number, playerId: string, score: number]
  | [index: number, playerId: string, score: number, profile: { displayName: string; region?: string | undefined }]

export interface SetRow {
  index: number
  row: LiveRow
  /** The row entered, or its name or region changed. */
  withProfile: boolean
}

/**
 * The least edit script from `before` to `after`, both of at most `limit` rows: see `applyDelta`. `set` are the rows
 * off a longest increasing subsequence of old positions among those whose score and profile stayed; these move by
 * themselves. `del` are ids that leave, but for those that the cut to `limit` takes.
 */
export function diffRows(
  before: readonly LiveRow[],
  after: readonly LiveRow[],
  limit: number,
): { del: string[]; set: SetRow[] } {
  const oldPositions = new Map(before.map((row, position) => [row.playerId, position]))
  const unchanged: { playerId: string; position: number }[] = []
  for (const row of after) {
    const position = oldPositions.get(row.playerId)
    const old = position === undefined ? undefined : before[position]
    if (position === undefined || old?.score !== row.score || !sameProfile(old, row)) continue
    unchanged.push({ playerId: row.playerId, position })
  }
  const kept = longestIncreasing(unchanged.map(({ position }) => position)).map((index) => unchanged[index]!)
  const keptIds = new Set(kept.map(({ playerId }) => playerId))

  const set: SetRow[] = []
  for (const [index, row] of after.entries()) {
    if (keptIds.has(row.playerId)) continue
    const old = before[oldPositions.get(row.playerId) ?? -1]
    set.push({ index, row, withProfile: old === undefined || !sameProfile(old, row) })
  }

  // Behind the last kept row a row that left can only be pushed on; in a full list it ends past the limit.
  const cutFrom = after.length >= limit ? (kept.at(-1)?.position ?? -1) : before.length
  const staying = new Set(after.map(({ playerId }) => playerId))
  const del = before.filter(({ playerId }, position) => position < cutFrom && !staying.has(playerId))
  return { del: del.map(({ playerId }) => playerId), set }
}

function sameProfile(a: LiveRow, b: LiveRow): boolean {
  return a.displayName === b.displayName && a.region === b.region
}

/** The rows of `diffRows` as they travel: scaled scores become the numbers that clients see. */
export function setTuples(set: readonly SetRow[], decimals: number): SetTuple[] {
  return set.map(({ index, row: { playerId, score, displayName, region }, withProfile }) => {
    const shown = formatScore(score, decimals)
    if (!withProfile) return [index, playerId, shown]
    return [index, playerId, shown, region === null ? { displayName } : { displayName, region }]
  })
}

/**
 * The list after a delta: without the ids in `del` and `set`, then with the `set` rows inserted in ascending index at
 * that index, cut to `limit`. A row set without a profile keeps the held one; if none is held, the id is its name.
 */
export function applyDelta(
  rows: readonly LiveRow[],
  delta: { del: readonly string[]; set: readonly SetTuple[] },
  limit: number,
): LiveRow[] {
  const held = new Map(rows.map((row) => [row.playerId, row]))
  const removed = new Set([...delta.del, ...delta.set.map(([, playerId]) => playerId)])
  const left = rows.filter(({ playerId }) => !removed.has(playerId))
  // Inserting one by one in ascending index is a merge: a set row goes in once `index` rows stand before it.
  const result: LiveRow[] = []
  let next = 0
  for (const [index, playerId, score, profile] of delta.set.toSorted((a, b) => a[0] - b[0])) {
    while (result.length < index && next < left.length) result.push(left[next++]!)
    const { displayName, region = null } = profile ?? held.get(playerId) ?? { displayName: playerId }
    result.push({ playerId, score, displayName, region })
  }
  for (; next < left.length; next++) result.push(left[next]!)
  return result.slice(0, limit)
}
