import { inTime } from '../timing/in-time.ts'
import type { AppliedRank, RankedList, Gate, PlacedAt, RankIndex, RankRow } from '../actions/ports/ranks.ts'
import type { ListWriter, Versioned } from '../actions/ports/lists.ts'

export interface ApplyOptions {
  writer: Pick<ListWriter, 'write'>
  gate: Gate
  /**
   * Sees to it that a list which did not take committed rows has them, or is LOST and being restored from later than them.
   * Returns the list under its present generation; null when there is no list.
   */
  catchUpList(list: RankedList, rows: Versioned[]): Promise<RankedList | null>
  /** Milliseconds that a read, or an application of however many lists, waits for lists being restored. */
  restoreWaitMs: number
  /** Of players in a list, waiting for one that is being restored. */
  places(list: RankedList, playerIds: string[]): Promise<{ total: number; place: PlacedAt | null }[]>
}

// About 15 us a row: a call stays near 2 ms.
const rowsPerCall = 100

/** Brings committed rows to their lists, and returns the ranks that they have there; null for what is late. */
export function createApplyRows(options: ApplyOptions): RankIndex['apply'] {
  const { writer, gate } = options

  /** The ranks of committed rows when their list is whole; they are not written again, since others changed it meanwhile. */
  const laterRanks = async (list: RankedList, rows: RankRow[]): Promise<AppliedRank[]> => {
    const players = rows.map(({ playerId }) => playerId)
    return (await options.places(list, players)).map(({ total, place }) => ({
      before: null,
      after: place?.rank ?? null,
      total,
    }))
  }
  const applyChunk = async (rows: RankRow[], chunk: number[], until: number, results: (AppliedRank | null)[]) => {
    const groups = groupsOf(rows, chunk)
    const applyLate = async (list: RankedList, indices: number[], lost: boolean): Promise<void> => {
      const own = indices.map((index) => rows[index]!)
      const now = lost ? await options.catchUpList(list, own) : list
      const leftMs = until - performance.now()
      if (now === null || leftMs <= 0) return
      const found = await inTime(laterRanks(now, own), leftMs)
      found?.forEach((rank, row) => (results[indices[row]!] = rank))
    }
    try {
      const applied = await writer.write(
        groups.map(({ list, indices }) => ({ list, rows: indices.map((index) => rows[index]!) })),
        true,
      )
      const late: Promise<void>[] = []
      applied.forEach(({ state, total, ranks }, at) => {
        const { list, indices } = groups[at]!
        if (state !== 'WHOLE') late.push(applyLate(list, indices, state === 'LOST'))
        else
          indices.forEach((index, row) => {
            const { before, after } = ranks[row]!
            results[index] = { before, after, total }
          })
      })
      if (late.length > 0) await Promise.all(late)
    } catch (error) {
      gate.suspect(error)
    }
  }

  return async (rows, waitMs = options.restoreWaitMs) => {
    const results: (AppliedRank | null)[] = rows.map(() => null)
    if (!gate.connected()) {
      gate.suspect('Redis is away')
      return results
    }
    // One wait for all lists that are late, not one after the other.
    const until = performance.now() + waitMs
    await Promise.all(chunksByBoard(rows).map((chunk) => applyChunk(rows, chunk, until, results)))
    // Before the catch-up is through, a list may lack others' rows: its ranks are not right yet.
    return gate.usable() ? results : rows.map(() => null)
  }
}

/** Indices of rows, grouped by leaderboard and cut into calls, in order. */
function chunksByBoard(rows: RankRow[]): number[][] {
  const byBoard = new Map<number, number[]>()
  rows.forEach((row, index) => {
    const list = byBoard.get(row.board.no)
    if (list) list.push(index)
    else byBoard.set(row.board.no, [index])
  })
  return [...byBoard.values()].flatMap((list) => {
    list.sort((a, b) => rows[a]!.standings.id - rows[b]!.standings.id)
    return Array.from({ length: Math.ceil(list.length / rowsPerCall) }, (_, call) =>
      list.slice(call * rowsPerCall, (call + 1) * rowsPerCall),
    )
  })
}

function groupsOf(rows: RankRow[], chunk: number[]): { list: RankedList; indices: number[] }[] {
  const groups = new Map<number, { list: RankedList; indices: number[] }>()
  for (const index of chunk) {
    const { board, standings } = rows[index]!
    const group = groups.get(standings.id)
    if (group) group.indices.push(index)
    else groups.set(standings.id, { list: { board, standings }, indices: [index] })
  }
  return [...groups.values()]
}
