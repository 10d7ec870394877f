import type { LeaderboardStore } from '../actions/ports.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'

class UnknownBoard extends Error {}

/**
 * Runs a change over leaderboards as they are now. `boardOf` throws for one that was made meanwhile: then all of it runs
 * again, so `work` must be safe to repeat.
 */
export async function withBoards<T>(
  leaderboards: Pick<LeaderboardStore, 'list'>,
  work: (boards: Leaderboard[], boardOf: (no: number) => Leaderboard) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const boards = await leaderboards.list()
    const byNo = new Map(boards.map((board) => [board.no, board]))
    const boardOf = (no: number) => {
      const board = byNo.get(no)
      if (!board) throw new UnknownBoard(`leaderboard number ${no} is new`)
      return board
    }
    try {
      return await work(boards, boardOf)
    } catch (error) {
      if (attempt === 3 || !(error instanceof UnknownBoard)) throw error
    }
  }
}
