import type { Leaderboard, LeaderboardType } from './leaderboard.ts'
import { periodAt } from './period.ts'
import { isPastGrace } from './status.ts'

/** A standings a submission belongs to; `key` is '' for GLOBAL. Times in epoch milliseconds, null: it never ends. */
export type Target = { type: LeaderboardType; key: string; startsAt: number | null; endsAt: number | null }

export type SubmissionFacts = {
  /** Epoch milliseconds; chooses the periods. */
  instant: number
  region: string | null
  sessionId: string | null
  season: { key: string; startsAt: number; endsAt: number } | null
}

/** The standings a submission fans out to, in the order of `board.types`; those it has no fact for are left out. */
export function targetsOf(board: Pick<Leaderboard, 'types' | 'timezone'>, facts: SubmissionFacts): Target[] {
  return board.types.flatMap((type) => targetOf(type, board.timezone, facts) ?? [])
}

/** Whether a standings list still takes scores: until `graceMs` after its end; the boundary instant is outside. */
export function windowOpen(target: Pick<Target, 'startsAt' | 'endsAt'>, now: number, graceMs: number): boolean {
  return !isPastGrace(target, graceMs, now)
}

function targetOf(type: LeaderboardType, timezone: string, facts: SubmissionFacts): Target | null {
  if (type === 'GLOBAL') return endless(type, '')
  if (type === 'REGIONAL') return endless(type, facts.region)
  if (type === 'SESSION') return endless(type, facts.sessionId)
  const span = type === 'SEASONAL' ? facts.season : periodAt(type, facts.instant, timezone)
  return span && { type, key: span.key, startsAt: span.startsAt, endsAt: span.endsAt }
}

function endless(type: LeaderboardType, key: string | null): Target | null {
  return key === null ? null : { type, key, startsAt: null, endsAt: null }
}
