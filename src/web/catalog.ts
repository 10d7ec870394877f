import type { LeaderboardView } from '../contract/leaderboard.ts'
import type { Periods } from '../contract/reads.ts'

/** The server answered, with something else than what was asked for. */
export class RefusedError extends Error {
  readonly status: number

  constructor(status: number, detail: string) {
    super(detail)
    this.name = 'RefusedError'
    this.status = status
  }
}

/** All leaderboards. Rejects with a `RefusedError`, or with another error when no answer comes. */
export async function readLeaderboards(): Promise<LeaderboardView[]> {
  const { leaderboards } = await readJson<{ leaderboards: LeaderboardView[] }>('/v1/leaderboards')
  return leaderboards
}

/** One leaderboard as it is now. Rejects as `readLeaderboards` does. */
export function readLeaderboard(id: string): Promise<LeaderboardView> {
  return readJson(`/v1/leaderboards/${encodeURIComponent(id)}`)
}

/** The standings that a leaderboard has had, newest first. Rejects as `readLeaderboards` does. */
export async function readPeriods(leaderboard: string): Promise<Periods['periods']> {
  const { periods } = await readJson<Periods>(`/v1/leaderboards/${encodeURIComponent(leaderboard)}/periods`)
  return periods
}

async function readJson<Body>(path: string): Promise<Body> {
  const response = await fetch(path, { signal: AbortSignal.timeout(10_000) })
  if (response.ok) return (await response.json()) as Body
  const problem = (await response.json().catch(() => ({}))) as { detail?: string }
  throw new RefusedError(response.status, problem.detail ?? `the server answered ${response.status}`)
}
