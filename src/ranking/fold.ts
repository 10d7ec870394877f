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
  const kept = (reason: 'NOT_BETTER' | 'UNCHANGED'): FoldResult => ({ kind: 'kept', score: current, reason })
  switch (board.operator) {
    case 'sum':
      return submitted === 0 ? kept('UNCHANGED') : applied(board, current + submitted)
    case 'last':
      return submitted === current ? kept('UNCHANGED') : applied(board, submitted)
    case 'best': {
      const better = board.order === 'desc' ? submitted > current : submitted < current
      return better ? applied(board, submitted) : kept('NOT_BETTER')
    }
  }
}

// A sum of two safe integers is exact up to 2^53 and never rounds to below 2^53 beyond it, so the check needs no BigInt.
function applied(board: Pick<Leaderboard, 'decimals'>, score: number): FoldResult {
  return Math.abs(score) > scoreLimit(board.decimals) ? { kind: 'out-of-range' } : { kind: 'applied', score }
}
