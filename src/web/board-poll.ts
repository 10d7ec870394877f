import type { LeaderboardView } from '../contract/leaderboard.ts'
import { readLeaderboard } from './catalog.ts'
import { pollPause } from './poll-pause.ts'

/**
 * Reads a leaderboard's definition again and again while the page is in sight; the server answers it from memory. `onRead`
 * gets it each time, with whether it differs from the last one. Returns a function that says which leaderboard, null: none.
 */
export function createBoardPoll(
  onRead: (board: LeaderboardView, changed: boolean) => void,
): (board: LeaderboardView | null) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let last: LeaderboardView | null = null
  let changedAt = -Infinity

  async function poll(): Promise<void> {
    if (last === null || document.hidden) return
    const { id } = last
    const board = await readLeaderboard(id).catch(() => null)
    if (last?.id !== id) return
    if (board !== null) {
      const changed = JSON.stringify(board) !== JSON.stringify(last)
      if (changed) changedAt = performance.now()
      last = board
      onRead(board, changed)
    }
    plan(pollPause(performance.now() - changedAt))
  }

  function plan(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void poll(), ms)
  }

  document.addEventListener('visibilitychange', () => plan(0))

  return (board) => {
    if (board?.id === last?.id) return
    last = board
    changedAt = -Infinity
    plan(pollPause(Infinity))
  }
}
