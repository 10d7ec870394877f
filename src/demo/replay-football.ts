import { changeBoard, defineBoard } from './demo-board.ts'
import type { FootballMatch } from './football-plan.ts'
import { inOrder } from './in-order.ts'
import { closeMatch, openMatch } from './play-match.ts'
import { createProgress } from '../cli/progress.ts'
import type { Target } from './target.ts'
import { dayIn, longDate, withDay } from './world-date.ts'

const matchesInFlight = 64

// Ties by id: matches travel side by side, so who reached a rating first would differ from run to run.
const leaderboard = {
  id: 'football',
  title: 'International football',
  description: 'Data: github.com/martj42/international_results (CC0 1.0)',
  metric: 'rating',
  autoVerify: true,
  ties: 'id',
  types: ['GLOBAL'],
}

const earlierTitle = "Ratings of men's football internationals (martj42/international_results, CC0 1.0)"

/** Defines the leaderboard `football`; what was played stays. Returns the day up to which it was, empty before the first. */
export async function defineFootball(target: Target): Promise<string> {
  return dayIn(await defineBoard(target, leaderboard, earlierTitle), leaderboard.description)
}

/** Shows spectators the day that the replay has come to. */
export function showFootballDay(target: Target, day: string): Promise<void> {
  return changeBoard(target, leaderboard.id, { description: withDay(leaderboard.description, day) })
}

export interface FootballTally {
  /** Verified by this run. */
  verified: number
  /** Found verified. */
  before: number
  /** Found, or left, in another state: cancelled, disputed or rejected by somebody. */
  otherwise: number
}

/**
 * Plays the matches, a team's own in their order, others side by side; each waits for `pace` of its day unless it has been
 * played. What was played stays as it is. `reached` gets the day of each match that is over, `target` is asked before each
 * request. Throws `RequestError`.
 */
export async function playMatches(
  target: () => Target,
  matches: readonly FootballMatch[],
  pace: (date: string) => Promise<void>,
  reached: (date: string) => void,
): Promise<FootballTally> {
  const tally: FootballTally = { verified: 0, before: 0, otherwise: 0 }
  const progress = createProgress('matches', matches.length)
  let newest = ''
  try {
    await inOrder(matches, matchesInFlight, {
      keys: ({ home, away }) => [home, away],
      // Opened ahead of its turn, so that a team's next match is one request away.
      prepare: ({ id, home, away }) =>
        openMatch(target(), { id, leaderboard: leaderboard.id, type: 'RANKED', playerIds: [home, away] }),
      async finish(match, opened) {
        if (opened.status === 'IN_PROGRESS') await pace(match.date)
        const closed = await closeMatch(target(), opened, completionOf(match))
        if (opened.verification === 'VERIFIED') tally.before++
        else if (closed.verification === 'VERIFIED') tally.verified++
        else tally.otherwise++
        if (match.date > newest) newest = match.date
        reached(match.date)
        progress.add(1, longDate(newest))
      },
    })
  } finally {
    progress.stop()
  }
  return tally
}

function completionOf(match: FootballMatch) {
  return {
    results: [
      { playerId: match.home, placement: match.homePlacement, score: match.homeScore },
      { playerId: match.away, placement: match.awayPlacement, score: match.awayScore },
    ],
    completedAt: match.completedAt,
  }
}
