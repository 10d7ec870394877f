/** Share of a standings list, in percent with two decimals, at or behind `rank` (1 to `total`): the first has 100. */
export function percentile(rank: number, total: number): number {
  return Math.round((10_000 * (total - rank + 1)) / total) / 100
}
