import type { LeaderboardView } from '../contract/leaderboard.ts'

/** Says what a simulated player scores next. */
export type NextScore = (player: number) => number

/**
 * Scores that keep a leaderboard moving: points to add on `sum`, else results that get a little better now and then.
 * `random` gives numbers from 0 to 1.
 */
export function simulateScores(
  board: Pick<LeaderboardView, 'operator' | 'order' | 'decimals'>,
  players: number,
  random: () => number = Math.random,
): NextScore {
  const skill = Array.from({ length: players }, () => 0.3 + random())
  const form = skill.map((value) => 1000 * value)
  const rounded = (value: number) => Number(value.toFixed(board.decimals))
  return (player) => {
    const own = skill[player] ?? 1
    if (board.operator === 'sum') {
      const points = 1 + 99 * own * random() ** 3
      return rounded(board.order === 'asc' ? -points : points)
    }
    const now = (form[player] ?? 1000) + own * 4 * random()
    form[player] = now
    const result = now * (0.97 + 0.05 * random())
    return rounded(board.order === 'asc' ? 1e7 / result : result)
  }
}
