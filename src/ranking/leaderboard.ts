/** The kinds of standings a leaderboard may keep, in the order in which the contract lists them. */
export const leaderboardTypes = ['GLOBAL', 'SEASONAL', 'MONTHLY', 'WEEKLY', 'DAILY', 'REGIONAL', 'SESSION'] as const
export type LeaderboardType = (typeof leaderboardTypes)[number]

export const orders = ['desc', 'asc'] as const
export const operators = ['best', 'last', 'sum'] as const
export const tieRules = ['first', 'last', 'id'] as const
export const rankStyles = ['ordinal', 'competition'] as const
export type Order = (typeof orders)[number]
export type Operator = (typeof operators)[number]
export type TieRule = (typeof tieRules)[number]
export type RankStyle = (typeof rankStyles)[number]

/** Rows of a live list at most. */
export const maxLiveLimit = 200

/** The rules of a leaderboard. Scores are scaled integers: the submitted number times 10^`decimals`. */
export interface Leaderboard {
  /** Never-reused number; names the leaderboard in Redis keys and ledger rows. */
  no: number
  id: string
  title: string
  /** For readers; may be empty. */
  description: string
  metric: 'score' | 'rating'
  order: Order
  operator: Operator
  ties: TieRule
  rankStyle: RankStyle
  types: LeaderboardType[]
  /** 0-6 */
  decimals: number
  /** Scaled, inclusive bounds of one submission (not of a total). */
  minScore: number | null
  maxScore: number | null
  /** IANA zone in which periods are cut. */
  timezone: string
  submitBy: 'server' | 'player'
  /** Rows of the live list, 1-200. */
  liveLimit: number
  /** Milliseconds between live deltas, 50-5000. */
  tickMs: number
  /** Milliseconds after a period's end in which it still takes scores. */
  graceMs: number
  /** Matches are verified as they are completed; for ratings only. */
  autoVerify: boolean
}
