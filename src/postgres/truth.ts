import type { Change, RankRow, Truth } from '../actions/ports.ts'
import { withDeadline, type Pool } from './client.ts'
import { classify } from './failure.ts'
import type { StoredEffect } from './schema/submissions.ts'

interface EntryRow {
  player_id: string
  score: number
  version: number
  tie: number
  hidden: boolean
}

// For a query by key, and between two chunks of a walk: far above what a busy server takes.
const queryMs = 3000
const chunkMs = 15_000

/** What lists in Redis are repaired from. Without an answer in time the pool gets a fresh client. */
export function createTruth(pool: Pool): Truth {
  const { sql } = pool
  const inTime = <T>(answer: Promise<T>, ms = queryMs) =>
    withDeadline(answer, ms, 'repair query').catch((error: unknown) => {
      if (classify(error).kind === 'unavailable') pool.renew()
      throw error
    })
  async function* chunks<T>(cursor: AsyncIterable<T>): AsyncIterable<T> {
    const iterator = cursor[Symbol.asyncIterator]()
    // The driver's iterator answers plain values at times.
    const next = () => inTime(Promise.resolve(iterator.next()), chunkMs)
    try {
      for (let step = await next(); !step.done; step = await next()) yield step.value
    } finally {
      void iterator.return?.()
    }
  }

  return {
    async *walk(of, size) {
      const cursor = sql<EntryRow[]>`
        select player_id, score, version, tie, hidden from leaderboard_entries
        where standings_id = ${of.standings.id} and not hidden`.cursor(size)
      for await (const rows of chunks(cursor)) yield rows.map((row) => toRankRow(of, row))
    },

    async entries(of, versions) {
      const rows = await inTime(
        sql<EntryRow[]>`
          select player_id, score, version, tie, hidden from leaderboard_entries
          where standings_id = ${of.standings.id} and player_id = any(${versions.map((one) => one.playerId)}::text[])`,
      )
      const found = new Map(rows.map((row) => [row.player_id, row]))
      return versions.map(({ playerId, version }) =>
        toRankRow(of, found.get(playerId) ?? { player_id: playerId, score: 0, version, tie: version, hidden: true }),
      )
    },

    async snapshot() {
      const [row] = await inTime(
        sql<{ xmin: string; xmax: string }[]>`
          select pg_snapshot_xmin(s)::text as xmin, pg_snapshot_xmax(s)::text as xmax from pg_current_snapshot() s`,
      )
      return row!
    },

    async *changes(from, to) {
      const cursor = sql<{ id: number; leaderboard_no: number; player_id: string; effects: StoredEffect[] }[]>`
        select id, leaderboard_no, player_id, effects from submissions
        where xid >= ${from}::text::xid8 and xid < ${to}::text::xid8`.cursor(1000)
      for await (const rows of chunks(cursor))
        yield rows.flatMap((row) =>
          row.effects
            .filter((effect) => effect.s !== undefined && effect.r === undefined)
            .map((effect): Change => ({
              leaderboardNo: row.leaderboard_no,
              standingsId: effect.s!,
              playerId: row.player_id,
              version: row.id,
            })),
        )
    },

    async standingsIds(leaderboardNo) {
      const rows = await inTime(sql<{ id: number }[]>`select id from standings where leaderboard_no = ${leaderboardNo}`)
      return rows.map((row) => row.id)
    },
  }
}

function toRankRow(of: RankRow | { board: RankRow['board']; standings: RankRow['standings'] }, row: EntryRow): RankRow {
  const { score, version, tie, hidden } = row
  return { board: of.board, standings: of.standings, playerId: row.player_id, score, version, tie, hidden }
}
