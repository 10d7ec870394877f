import { startRating } from './elo.ts'
import type { ResultType } from './match.ts'

/** What one applied match was for a player. Counts that were not reported are null; `rating` null in a casual match. */
export interface AppliedResult {
  result: ResultType
  kills: number | null
  deaths: number | null
  assists: number | null
  accuracy: number | null
  /** After the match. */
  rating: number | null
}

/** A player's matches added up. Streaks are of wins; a rating of before the first match counts for the best one. */
export interface Totals {
  matches: number
  wins: number
  losses: number
  draws: number
  kills: number
  deaths: number
  assists: number
  accuracySum: number
  accuracyCount: number
  currentStreak: number
  bestStreak: number
  bestRating: number
}

export const noTotals: Readonly<Totals> = Object.freeze({
  matches: 0,
  wins: 0,
  losses: 0,
  draws: 0,
  kills: 0,
  deaths: 0,
  assists: 0,
  accuracySum: 0,
  accuracyCount: 0,
  currentStreak: 0,
  bestStreak: 0,
  bestRating: startRating,
})

/** Totals with one match more, the newest. */
export function addResult(totals: Totals, one: AppliedResult): Totals {
  const streak = one.result === 'WIN' ? totals.currentStreak + 1 : 0
  return {
    matches: totals.matches + 1,
    wins: totals.wins + Number(one.result === 'WIN'),
    losses: totals.losses + Number(one.result === 'LOSS'),
    draws: totals.draws + Number(one.result === 'DRAW'),
    kills: totals.kills + (one.kills ?? 0),
    deaths: totals.deaths + (one.deaths ?? 0),
    assists: totals.assists + (one.assists ?? 0),
    accuracySum: totals.accuracySum + (one.accuracy ?? 0),
    accuracyCount: totals.accuracyCount + Number(one.accuracy !== null),
    currentStreak: streak,
    bestStreak: Math.max(totals.bestStreak, streak),
    bestRating: Math.max(totals.bestRating, one.rating ?? startRating),
  }
}

/** A match that still counts, as it is when totals are counted again. */
export interface CountedResult extends Omit<AppliedResult, 'rating'> {
  /** Changes with the same name add up to one rating. */
  ladder: string
  /** What the match changed of the rating; null in a casual match. */
  change: number | null
}

/**
 * Totals of matches in the order in which they were applied. Ratings are summed up from the changes: what was reached with
 * a match that was taken back since does not count.
 */
export function countTotals(results: readonly CountedResult[]): Totals {
  const ratings = new Map<string, number>()
  return results.reduce<Totals>((totals, one) => {
    if (one.change === null) return addResult(totals, { ...one, rating: null })
    const rating = (ratings.get(one.ladder) ?? startRating) + one.change
    ratings.set(one.ladder, rating)
    return addResult(totals, { ...one, rating })
  }, noTotals)
}
