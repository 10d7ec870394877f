import type { RowOf } from '../schema/rows.ts'
import type { leaderboardEntries } from '../schema/leaderboard-entries.ts'
import type { EntryStore } from '../../actions/ports/entries.ts'
import type { RankedList, RankedEntry } from '../../actions/ports/ranks.ts'
import { assignRanks, scoreOfKey, sortKey, sharesRanks } from '../../ranking/order.ts'
import type { Pool, Tagged } from '../connection/client.ts'
import { countAll, countAround, countBefore, readKeys, readNext } from './list-scan.ts'
import { shareReads } from '../connection/share-reads.ts'
import { cap, withLimit } from '../connection/read-limits.ts'

// First pages are cut from one read of so many rows; a place further down is looked for page by page.
const firstRows = 1000

/**
 * Ranked reads from the truth, for when the index cannot answer. They scan the entries of a standings list, so at most
 * `concurrency` run at once and `queue` wait, `deadlineMs` each; past that `UNAVAILABLE`. Those of one list that wait
 * share a scan, which begins after all of them. Each is right for one moment.
 */
export function createEntryStore(
  pool: Pool,
  limits: { concurrency: number; queue: number; deadlineMs: number },
): EntryStore {
  const { sql } = pool
  const inTime = withLimit(pool, limits.deadlineMs)
  const capped = cap(limits, 'Redis does not answer and too many reads wait for Postgres; try again shortly')
  // One snapshot for all statements of a read: somebody may move between two of them.
  const snapshot = <T>(work: (tx: Tagged) => Promise<T>): Promise<T> =>
    inTime(async () => (await sql.begin('isolation level repeatable read read only', work)) as T)
  const read = <T>(work: (tx: Tagged) => Promise<T>): Promise<T> => capped(() => snapshot(work))

  interface Asked {
    playerIds: string[]
    keys: number[]
  }
  const countsOf = shareReads(
    capped,
    ({ playerIds, keys }: Asked) => playerIds.length + keys.length,
    (list, asked) =>
      snapshot(async (tx) => {
        const found = await readKeys(tx, list, [...new Set(asked.flatMap(({ playerIds }) => playerIds))])
        const keys = asked.flatMap((one) => one.keys).concat(found.map(({ key }) => key))
        const members = found.map(({ member }) => member)
        const counts = await countAround(tx, list, keys, members)
        return { counts, found: new Map(found.map((row) => [row.playerId, row])) }
      }),
  )
  const headOf = shareReads(
    capped,
    () => 1,
    (list, ends: number[]) =>
      snapshot(async (tx) => {
        const total = await countAll(tx, list)
        return {
          total,
          rows: await readNext(tx, list, { self: null, side: 'behind' }, Math.min(total, Math.max(...ends))),
        }
      }),
  )
  /** Ranks of consecutive rows from a place on; `first` is the rank of the first of them. */
  const rank = (
    { board }: RankedList,
    rows: Omit<RankedEntry, 'rank'>[],
    offset: number,
    first: number,
  ): RankedEntry[] => {
    const ranks = assignRanks(
      board.rankStyle,
      rows.map((row) => row.score),
      offset,
      first,
    )
    return rows.map((row, at) => ({ ...row, rank: ranks[at]! }))
  }
  const firstRankOf = async (
    tx: Tagged,
    list: RankedList,
    rows: { score: number }[],
    offset: number,
  ): Promise<number> => {
    if (!sharesRanks(list.board.rankStyle) || rows.length === 0 || offset === 0) return offset + 1
    const key = sortKey(list.board, rows[0]!.score)
    return (await countAround(tx, list, [key], [])).ahead(key) + 1
  }

  return {
    async page(list, offset, limit) {
      if (offset + limit <= firstRows) {
        const { total, rows } = await headOf(list, offset + limit)
        return { total, entries: rank(list, rows.slice(0, offset + limit), 0, 1).slice(offset) }
      }
      return read(async (tx) => {
        const total = await countAll(tx, list)
        const count = Math.max(0, Math.min(limit, total - offset))
        const rows = await readNext(tx, list, { self: null, side: 'behind', skip: offset }, count)
        return { total, entries: rank(list, rows, offset, await firstRankOf(tx, list, rows, offset)) }
      })
    },

    async places(list, playerIds) {
      const { counts, found } = await countsOf(list, { playerIds, keys: [] })
      const places = playerIds.map((id) => {
        const row = found.get(id)
        if (!row) return null
        const position = counts.positionOf(row.key, row.member)
        const ahead = sharesRanks(list.board.rankStyle) ? counts.ahead(row.key) + 1 : position
        return { rank: ahead, position, score: scoreOfKey(list.board, row.key) }
      })
      return { total: counts.total, places }
    },

    around: (list, playerId, span) =>
      read(async (tx) => {
        const [self] = await readKeys(tx, list, [playerId])
        if (!self) return { total: await countAll(tx, list), entries: [], self: null, start: 0 }
        const { total, ahead, before } = await countBefore(tx, list, self)
        const size = Math.min(2 * span + 1, total)
        const start = Math.max(0, Math.min(before - span, total - size))
        const score = scoreOfKey(list.board, self.key)
        const rows = [
          ...(await readNext(tx, list, { self, side: 'ahead' }, before - start)),
          { playerId, score },
          ...(await readNext(tx, list, { self, side: 'behind' }, start + size - before - 1)),
        ]
        const first = rows[0]!.score === score ? ahead + 1 : await firstRankOf(tx, list, rows, start)
        const entries = rank(list, rows, start, sharesRanks(list.board.rankStyle) ? first : start + 1)
        return { total, entries, self: entries[before - start]!, start }
      }),

    async count(list, score) {
      const key = sortKey(list.board, score)
      const { counts } = await countsOf(list, { playerIds: [], keys: [key] })
      return { total: counts.total, ahead: counts.ahead(key), equal: counts.equal(key) }
    },

    // One row by its key: not capped.
    hidden: (list, playerId) =>
      inTime(async () => {
        const rows = await sql<RowOf<typeof leaderboardEntries, 'score'>[]>`
          select score from leaderboard_entries
          where standings_id = ${list.standings.id} and player_id = ${playerId} and hidden`
        return rows[0] ?? null
      }),
    totals: (standings) =>
      read(async (tx) => {
        const rows = await tx<{ id: number; n: number }[]>`
          select standings_id as id, count(*) as n from leaderboard_entries
          where standings_id = any(${standings.map((of) => of.id)}::int8[]) and not hidden group by standings_id`
        return new Map(rows.map((row) => [row.id, row.n]))
      }),
  }
}
