import type { Periods } from '../contract/reads.ts'
import { request, RequestError, withRetries } from './http-client.ts'
import type { SeedMatch } from './seed-matches.ts'
import { seedPlayers } from './seed-players.ts'
import { killsBoard, ratingBoard, season } from './seed-steps.ts'
import type { Target } from './target.ts'

/** What the server has of the seeded data. */
export interface SeedCounts {
  players: number
  /** Completed and verified. */
  matches: number
  results: number
  /** Over all standings of the rating leaderboard. */
  entries: number
  season: string
  standings: { leaderboard: string; standings: string; total: number }[]
}

/** Reads everything back through the API. */
export async function countSeeded(target: Target, matches: readonly SeedMatch[]): Promise<SeedCounts> {
  const read = <T>(path: string) => withRetries(() => request<T>(`${target.url}${path}`, { token: target.serverToken }))

  let players = 0
  for (const { playerId } of seedPlayers) if (await isThere(read(`/v1/players/${playerId}`))) players++
  let [verified, results] = [0, 0]
  for (const { id } of matches) {
    const match = await read<{ verification: string | null; results?: unknown[] }>(`/v1/matches/${id}`)
    if (match.verification === 'VERIFIED') verified++
    results += match.results?.length ?? 0
  }
  const standings = []
  for (const leaderboard of [ratingBoard.id, killsBoard.id]) {
    const { periods } = await read<Periods>(`/v1/leaderboards/${leaderboard}/periods`)
    for (const period of periods) standings.push({ leaderboard, standings: period.standings, total: period.total ?? 0 })
  }
  const { seasons } = await read<{ seasons: { slug: string; title: string; startsAt: string; endsAt: string }[] }>(
    `/v1/seasons?leaderboard=${ratingBoard.id}`,
  )
  const found = seasons.find(({ slug }) => slug === season.slug)
  return {
    players,
    matches: verified,
    results,
    entries: standings
      .filter(({ leaderboard }) => leaderboard === ratingBoard.id)
      .reduce((sum, { total }) => sum + total, 0),
    season: found ? `${found.title}, ${found.startsAt.slice(0, 10)} to ${found.endsAt.slice(0, 10)}` : 'none',
    standings,
  }
}

async function isThere(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer
    return true
  } catch (error) {
    if (error instanceof RequestError && error.code === 'NOT_FOUND') return false
    throw error
  }
}
