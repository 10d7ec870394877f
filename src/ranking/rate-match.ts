import { eloChanges, startRating } from './elo.ts'
import { closedFor, type FoldEntry, type FoldTarget, type KeptReason } from './fold-batch.ts'
import type { LeaderboardType } from './leaderboard.ts'
import type { MatchType } from './match.ts'

/** A standings that a match counts in for a player, with the player's entry. */
export interface RatedTarget extends Pick<FoldTarget, 'endsAt' | 'sealed'> {
  type: LeaderboardType
  standingsId: number
  entry: FoldEntry | null
}

/** A participant as it is at this moment; `targets` is empty where the person was erased. */
export interface RatedPlayer {
  placement: number
  targets: RatedTarget[]
  /** Banned: entries are kept hidden. */
  hidden: boolean
}

/** Epoch milliseconds; `occurredAt` is when the match was completed. */
export interface MatchFacts {
  type: MatchType
  occurredAt: number
  graceMs: number
  now: number
}

/** What happens to one entry. `score` null: it leaves; `tie` null: the score was reached now. */
export interface RatedEntry {
  standingsId: number
  score: number | null
  previous: number | null
  tie: number | null
  hidden: boolean
  kept: KeptReason | null
}

export interface Rated {
  /** Null in a casual match. */
  before: number | null
  change: number | null
  entries: RatedEntry[]
}

/**
 * What a verified match does to the ratings of its players. The rating is the GLOBAL entry, 1200 where there is none; the
 * other standings of the instant store the rating after the match. A first rating applies even when it is 1200 still.
 */
export function rateMatch(match: MatchFacts, players: readonly RatedPlayer[]): Rated[] {
  if (match.type === 'CASUAL') return players.map(() => ({ before: null, change: null, entries: [] }))
  const ratings = players.map((player) => ratingOf(player) ?? startRating)
  const changes = eloChanges(players.map(({ placement }, at) => ({ placement, rating: ratings[at]! })))
  return players.map((player, at) => {
    const [before, change] = [ratings[at]!, changes[at]!]
    const entries = player.targets.map((target): RatedEntry => {
      const previous = target.entry?.score ?? null
      const closed = closedFor(target, match.occurredAt, match.graceMs, match.now)
      const after = closed ? previous : before + change
      const kept = closed ? 'WINDOW_CLOSED' : after === previous ? 'UNCHANGED' : null
      return { standingsId: target.standingsId, score: after, previous, tie: null, hidden: player.hidden, kept }
    })
    return { before, change, entries }
  })
}

/**
 * Takes a change back from a player's ratings as they are now. `others` are the standings that other matches of the player
 * are still in: an entry that no other match is in leaves. REGIONAL holds what GLOBAL holds; standings that take nothing
 * any more stay as they were.
 */
export function takeBack(
  match: MatchFacts,
  player: RatedPlayer,
  change: number,
  others: ReadonlySet<number>,
): RatedEntry[] {
  const global = player.targets.find((target) => target.type === 'GLOBAL')
  const rating = ratingOf(player)
  return player.targets.flatMap((target): RatedEntry[] => {
    if (target.entry === null) return []
    if (closedFor(target, match.occurredAt, match.graceMs, match.now)) return []
    const { standingsId, entry } = target
    const regional = target.type === 'REGIONAL' && global !== undefined
    if (!others.has(regional ? global.standingsId : standingsId))
      return [{ standingsId, score: null, previous: entry.score, tie: null, hidden: true, kept: null }]
    if (change === 0) return []
    const from = regional && rating !== null ? rating : entry.score
    return [{ standingsId, score: from - change, previous: entry.score, tie: null, hidden: player.hidden, kept: null }]
  })
}

function ratingOf({ targets }: RatedPlayer): number | null {
  return targets.find((target) => target.type === 'GLOBAL')?.entry?.score ?? null
}
