import type { LeaderboardStore } from '../../actions/ports/leaderboards.ts'
import type { StandingsStore } from '../../actions/ports/standings.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { Sql } from '../connection/client.ts'

class UnknownBoard extends Error {}

/**
 * Runs a change over leaderboards as they are now. `boardByNo` throws for one that was made meanwhile: then all of it runs
 * again, so `work` must be safe to repeat.
 */
export async function withBoards<T>(
  leaderboards: Pick<LeaderboardStore, 'list'>,
  work: (boards: Leaderboard[], boardByNo: (no: number) => Leaderboard) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const boards = await leaderboards.list()
    const byNo = new Map(boards.map((board) => [board.no, board]))
    const boardByNo = (no: number) => {
      const board = byNo.get(no)
      if (!board) throw new UnknownBoard(`leaderboard number ${no} is new`)
      return board
    }
    try {
      return await work(boards, boardByNo)
    } catch (error) {
      if (attempt === 3 || !(error instanceof UnknownBoard)) throw error
    }
  }
}

export interface PersonStores {
  sql: Sql
  leaderboards: Pick<LeaderboardStore, 'list'>
  standings: StandingsStore
}

/** Groups rows by leaderboard, keeping their order. */
export function byBoard<Row extends { no: number }>(
  rows: Row[],
  boardByNo: (no: number) => Leaderboard,
): [Leaderboard, Row[]][] {
  const groups = new Map<number, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.no)
    if (group) group.push(row)
    else groups.set(row.no, [row])
  }
  return [...groups].map(([no, list]) => [boardByNo(no), list])
}
