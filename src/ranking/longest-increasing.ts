/**
 * Indexes, ascending, of one longest strictly increasing subsequence. Patience sorting with links back, O(n log n):
 * M. L. Fredman, "On computing the length of longest increasing subsequences", Discrete Mathematics 11 (1975) 29-35.
 */
export function longestIncreasing(values: readonly number[]): number[] {
  // tails[k]: index of the least value that ends an increasing subsequence of k + 1 values.
  const tails: number[] = []
  const previous: number[] = []
  for (const [index, value] of values.entries()) {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (values[tails[middle]!]! < value) low = middle + 1
      else high = middle
    }
    previous.push(low === 0 ? -1 : tails[low - 1]!)
    tails[low] = index
  }

  const chosen: number[] = []
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index]!) chosen.push(index)
  return chosen.toReversed()
}
