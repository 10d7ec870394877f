/** Ranks of an earlier moment by player id. */
export type EarlierRanks = ReadonlyMap<string, number>

/** Places gained since then: positive when the player climbed; null when it was not among those known. */
export function trendOf(earlier: EarlierRanks, playerId: string, rank: number): number | null {
  const before = earlier.get(playerId)
  return before === undefined ? null : before - rank
}
