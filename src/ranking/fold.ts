import type { Leaderboard } from './leaderboard.ts'
import { scoreLimit } from './score.ts'

export type FoldResult =
  | { kind: 'applied'; score: number }
  | { kind: 'kept'; score: number; reason: 'NOT_BETTER' | 'UNCHANGED' }
  | { kind: 'out-of-range' }

/**
 * What a submission does to a stored score (null: none yet), both scaled. `kept` moves nothing, tie position included;
 * `out-of-range`: the result is beyond the exact range.
 */
export function foldScore(
  board: Pick<Leaderboard, 'order' | 'operator' | 'decimals'>,
  current: number | null,
  submitted: number,
): FoldResult {
  if (current === null) return applied(board, submitted)
  if (board.operator === 'sum') {
    return submitted === 0 ? { kind: 'kept', score: current, reason: 'UNCHANGED' } : applied(board, current + submitted)
  }
  if (board.operator === 'last') {
    return submitted === current ? { kind: 'kept', score: current, reason: 'UNCHANGED' } : applied(board, submitted)
  }
  const better = board.order === 'desc' ? submitted > current : submitted < current
  return better ? applied(board, submitted) : { kind: 'kept', score: current, reason: 'NOT_BETTER' }
}

// A sum of two safe integers is exact up to 2^53 and never rounds to below 2^53 beyond it, so the check needs no BigInt.
function applied(board: Pick<Leaderboard, 'decimals'>, score: number): FoldResult {
  return Math.abs(score) > scoreLimit(board.decimals) ? { kind: 'out-of-range' } : { kind: 'applied', score }
}
