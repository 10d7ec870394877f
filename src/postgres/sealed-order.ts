/** Final ranks of the visible entries of one sealed standings. Positions count from 1 without gaps. */
export interface SealedOrder {
  total: number
  /** How many runs without a gap there are. */
  runs: number
  /** The position of a visible entry. */
  positionOf(finalRank: number): number
  /** The final rank from which on the entry at a position, or the first after it, is found. */
  finalRankAt(position: number): number
}

/** `runs`: the first final rank of each, and how many ranks before it are not visible; ascending. */
export function createSealedOrder(total: number, runs: [first: number, gap: number][]): SealedOrder {
  /** The last run that begins at or before: runs are ascending in every measure. */
  const runAt = (startOf: (run: [number, number]) => number, value: number) => {
    let [low, high] = [0, runs.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (startOf(runs[middle]!) <= value) low = middle + 1
      else high = middle
    }
    return runs[low - 1]
  }
  return {
    total,
    runs: runs.length,
    positionOf: (finalRank) => finalRank - (runAt(([first]) => first, finalRank)?.[1] ?? 0),
    finalRankAt: (position) => position + (runAt(([first, gap]) => first - gap, position)?.[1] ?? 0),
  }
}
