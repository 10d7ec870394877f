import { request, withRetries } from './http-client.ts'
import type { Target } from './target.ts'

/** A match as `POST /v1/matches` takes it, with an id of the caller's. */
export interface MatchDefinition {
  id: string
  leaderboard: string
  type: 'RANKED' | 'CASUAL' | 'TOURNAMENT'
  playerIds: string[]
  region?: string
}

/** What `complete` takes. */
export interface MatchCompletion {
  results: {
    playerId: string
    placement: number
    kills?: number
    deaths?: number
    assists?: number
    accuracy?: number
    score?: number
  }[]
  completedAt?: string
}

/** What the demos read of a match. */
export interface MatchNow {
  id: string
  status: 'SCHEDULED' | 'IN_PROGRESS' | 'COMPLETED' | 'CANCELLED'
  verification: 'PENDING' | 'VERIFIED' | 'DISPUTED' | 'REJECTED' | null
}

/** Creates the match unless it is there, and starts it unless it has been. Throws `RequestError`. */
export async function openMatch(target: Target, definition: MatchDefinition): Promise<MatchNow> {
  const match = await post(target, '/v1/matches', definition)
  return match.status === 'SCHEDULED' ? post(target, `${pathOf(match)}/start`) : match
}

/**
 * Completes a match in progress, and verifies it when its leaderboard does not by itself; what is beyond that (or was
 * cancelled) stays as it is. Safe to repeat. Throws `RequestError`.
 */
export async function closeMatch(target: Target, match: MatchNow, completion: MatchCompletion): Promise<MatchNow> {
  const completed = match.status === 'IN_PROGRESS' ? await post(target, `${pathOf(match)}/complete`, completion) : match
  return completed.verification === 'PENDING' ? post(target, `${pathOf(match)}/verify`) : completed
}

function pathOf({ id }: { id: string }): string {
  return `/v1/matches/${encodeURIComponent(id)}`
}

function post(target: Target, path: string, body: unknown = {}): Promise<MatchNow> {
  const options = { method: 'POST', token: target.serverToken, body } as const
  return withRetries(() => request<MatchNow>(`${target.url}${path}`, options))
}
