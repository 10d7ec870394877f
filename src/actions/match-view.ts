import { iso } from './iso.ts'
import type { MatchView } from '../contract/match.ts'
import type { Match, Participant } from './ports/matches.ts'

/** A match as the wire shows it. */
export function matchView(match: Match, leaderboard: string): MatchView {
  const { id, type, status, verification, region, scheduledAt, startedAt, completedAt, participants } = match
  return {
    id,
    leaderboard,
    type,
    status,
    verification,
    playerIds: participants.map((one) => one.playerId),
    ...(region === null ? {} : { region }),
    ...(scheduledAt === null ? {} : { scheduledAt: iso(scheduledAt) }),
    ...(startedAt === null ? {} : { startedAt: iso(startedAt) }),
    ...(completedAt === null ? {} : { completedAt: iso(completedAt) }),
    createdAt: iso(match.createdAt),
    ...(status === 'COMPLETED' ? { results: participants.map(resultView) } : {}),
  }
}

function resultView(one: Participant): NonNullable<MatchView['results']>[number] {
  const { ratingBefore, ratingChange } = one
  return {
    playerId: one.playerId,
    placement: one.placement!,
    result: one.result!,
    ...(one.kills === null ? {} : { kills: one.kills }),
    ...(one.deaths === null ? {} : { deaths: one.deaths }),
    ...(one.assists === null ? {} : { assists: one.assists }),
    ...(one.accuracy === null ? {} : { accuracy: one.accuracy }),
    ...(one.score === null ? {} : { score: one.score }),
    ...(ratingBefore === null || ratingChange === null
      ? {}
      : { ratingBefore, ratingAfter: ratingBefore + ratingChange, ratingChange }),
  }
}
