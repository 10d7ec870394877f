import type { FaultBoard } from './boards.ts'
import { integer, type Random } from './random.ts'

/**
 * A leaderboard on which one player climbs and falls among rivals whose scores never change, above a crowd that never
 * reaches the lowest of them: whoever knows the climber's score knows every rank down to the crowd.
 */
export interface Ladder {
  board: FaultBoard
  climber: string
  /** Everybody: rivals, crowd and climber. */
  total: number
  rivals: number
  /** First scores, so that the total never changes. */
  seeds(): { playerId: string; score: number }[]
  /** A score for the climber: between two rivals, above or below all of them. */
  climb(random: Random): number
  rankOf(climberScore: number): number
  /** Rows from a zero-based position on, cut where the crowd begins. */
  rows(climberScore: number, offset: number, count: number): { rank: number; playerId: string; score: number }[]
  rival(index: number): string
  rivalRank(index: number, climberScore: number): number
}

const lowest = 1_000_000
const step = 10

/** `rivals` and `crowd` are counts of players; the load submits for the crowd. */
export function createLadder(tag: string, rivals: number, crowd: number): Ladder {
  const board: FaultBoard = {
    id: `ladder-${tag}`,
    order: 'desc',
    operator: 'last',
    ties: 'first',
    rankStyle: 'ordinal',
    types: ['GLOBAL'],
    decimals: 0,
    players: crowd,
    score: (random) => integer(random, 1, lowest - 2 * step),
  }
  // Rival 0 is the best.
  const rival = (index: number) => `r${index}`
  const scoreOf = (index: number) => lowest + (rivals - 1 - index) * step
  const above = (score: number) => Math.max(0, Math.min(rivals, Math.floor(rivals - (score - lowest) / step)))
  return {
    board,
    climber: 'climber',
    total: rivals + crowd + 1,
    rivals,
    seeds: () => [
      ...Array.from({ length: rivals }, (_, index) => ({ playerId: rival(index), score: scoreOf(index) })),
      ...Array.from({ length: crowd }, (_, at) => ({ playerId: `p${at + 1}`, score: 1 })),
      { playerId: 'climber', score: lowest - step / 2 },
    ],
    climb: (random) => lowest - step / 2 + integer(random, 0, rivals) * step,
    rankOf: (score) => above(score) + 1,
    rows(score, offset, count) {
      const climberAt = above(score)
      const end = Math.min(offset + count, rivals + 1)
      return Array.from({ length: Math.max(0, end - offset) }, (_, row) => {
        const at = offset + row
        if (at === climberAt) return { rank: at + 1, playerId: 'climber', score }
        const index = at < climberAt ? at : at - 1
        return { rank: at + 1, playerId: rival(index), score: scoreOf(index) }
      })
    },
    rival,
    rivalRank: (index, score) => index + 1 + (above(score) <= index ? 1 : 0),
  }
}
