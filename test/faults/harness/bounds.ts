import type { Receipt } from '../../../src/contract/submission.ts'
import type { FaultBoard } from './boards.ts'
import { scaledOf } from './boards.ts'
import type { Submission } from './history.ts'

/** Between which scaled scores a player's place must lie; null: it need not have one yet. */
export interface Bounds {
  least: number | null
  most: number
}

/**
 * What reads of a leaderboard with `sum` (of scores above 0) or `best` may say while it is written to: at least what was
 * acknowledged before the request, at most what was tried before the reply.
 */
export interface BoundsKeeper {
  tried(submission: Submission): void
  acknowledged(submission: Submission, receipt: Receipt): void
  /** Take it when the request is sent. */
  acknowledgedTo(board: FaultBoard, playerId: string, source: 'redis' | 'postgres'): number | null
  /** Take it when the reply has come. */
  triedBy(board: FaultBoard, playerId: string): number | null
}

/** `degradedMs`: how long Redis may lack what a degraded receipt acknowledged. */
export function createBounds(degradedMs: number): BoundsKeeper {
  const tried = new Map<string, number>()
  const stored = new Map<string, number>()
  const ranked = new Map<string, number>()
  const counted = new WeakSet<Submission>()
  const keyOf = (board: FaultBoard, playerId: string) => `${board.id} ${playerId}`
  const add = (to: Map<string, number>, { board, playerId, score }: Submission) => {
    const key = keyOf(board, playerId)
    const before = to.get(key)
    const scaled = scaledOf(board, score)
    if (before === undefined) to.set(key, scaled)
    else if (board.operator === 'sum') to.set(key, before + scaled)
    else if (board.operator === 'best')
      to.set(key, board.order === 'desc' ? Math.max(before, scaled) : Math.min(before, scaled))
  }
  return {
    tried: (submission) => add(tried, submission),
    acknowledged(submission, receipt) {
      if (counted.has(submission)) return
      counted.add(submission)
      add(stored, submission)
      if (!receipt.degraded) add(ranked, submission)
      else setTimeout(() => add(ranked, submission), degradedMs).unref()
    },
    acknowledgedTo: (board, playerId, source) =>
      (source === 'redis' ? ranked : stored).get(keyOf(board, playerId)) ?? null,
    triedBy: (board, playerId) => tried.get(keyOf(board, playerId)) ?? null,
  }
}
