/** The value at or below which `percent` of the values lie (nearest rank); NaN without values. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  if (sorted.length === 0) return Number.NaN
  const rank = Math.ceil((percent / 100) * sorted.length)
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1]!
}

/** The element whose measure is the median; of an even number the lower of the two in the middle. Throws without any. */
export function medianBy<T>(items: readonly T[], measure: (item: T) => number): T {
  const sorted = [...items].sort((a, b) => measure(a) - measure(b))
  const middle = sorted[(sorted.length - 1) >> 1]
  if (middle === undefined) throw new RangeError('no median of nothing')
  return middle
}
