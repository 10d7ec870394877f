import { integer, type Random } from './random.ts'

/** A leaderboard of a run, and what is submitted to it. */
export interface FaultBoard {
  id: string
  order: 'desc' | 'asc'
  operator: 'best' | 'last' | 'sum'
  ties: 'first' | 'last' | 'id'
  rankStyle: 'ordinal' | 'competition'
  types: readonly ('GLOBAL' | 'WEEKLY' | 'DAILY')[]
  decimals: number
  /** Players that the load submits for. */
  players: number
  score(random: Random): number
}

const base = { order: 'desc', ties: 'first', rankStyle: 'ordinal', types: ['GLOBAL'], decimals: 0 } as const

/** Most of its players submit once, so that what a list lacks is not covered by their next score; the largest list. */
export function sparseBoard(tag: string, players: number): FaultBoard {
  const score = (random: Random) => integer(random, 1, 1_000_000)
  return { ...base, id: `sparse-${tag}`, operator: 'best', players, score }
}

/** What the load submits to: every operator and tie rule, both orders and styles, few scores so that many are equal. */
export function crowdBoards(tag: string): FaultBoard[] {
  return [
    {
      ...base,
      id: `sum-${tag}`,
      operator: 'sum',
      types: ['GLOBAL', 'WEEKLY', 'DAILY'],
      players: 300,
      score: (random) => integer(random, 1, 9),
    },
    {
      ...base,
      id: `best-${tag}`,
      order: 'asc',
      operator: 'best',
      ties: 'last',
      rankStyle: 'competition',
      types: ['GLOBAL', 'DAILY'],
      players: 2000,
      score: (random) => integer(random, 1, 500),
    },
    {
      ...base,
      id: `last-${tag}`,
      operator: 'last',
      rankStyle: 'competition',
      decimals: 2,
      players: 200,
      score: (random) => integer(random, -500, 9999) / 100,
    },
    {
      ...base,
      id: `ids-${tag}`,
      operator: 'best',
      ties: 'id',
      players: 100,
      score: (random) => integer(random, 1, 100_000),
    },
  ]
}

/** What is sent to make it. */
export function definitionOf(board: FaultBoard): object {
  const { id, order, operator, ties, rankStyle, types, decimals } = board
  return { id, order, operator, ties, rankStyle, types, decimals }
}

/** The scaled integer of a score, which is how the ledger has it. */
export function scaledOf(board: Pick<FaultBoard, 'decimals'>, score: number): number {
  return Math.round(score * 10 ** board.decimals)
}
