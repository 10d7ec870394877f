import { request, withRetries } from './http-client.ts'
import { closeMatch, openMatch } from './play-match.ts'
import { createProgress } from '../cli/progress.ts'
import type { SeedMatch } from './seed-matches.ts'
import type { SeedPlayer } from './seed-players.ts'
import type { Target } from './target.ts'

export const ratingBoard = {
  id: 'ranked',
  title: 'Ranked',
  metric: 'rating',
  types: ['GLOBAL', 'SEASONAL', 'MONTHLY', 'WEEKLY', 'DAILY', 'REGIONAL'],
}
export const killsBoard = { id: 'ranked-kills', title: 'Kills of a match', operator: 'sum', types: ['SESSION'] }
export const season = { slug: 'season-1-winter-tournament', title: 'Season 1 - Winter Tournament' }

const seasonMonths = 3

/** Defines both leaderboards; nothing changes when they are there already. */
export async function defineBoards(target: Target): Promise<void> {
  for (const body of [ratingBoard, killsBoard])
    await withRetries(() =>
      request(`${target.url}/v1/leaderboards`, { method: 'POST', token: target.adminToken, body }),
    )
}

/** Opens the season, three months from the first day of this one, unless it is there already. */
export async function ensureSeason(target: Target, now = new Date()): Promise<void> {
  const url = `${target.url}/v1/seasons`
  const token = target.adminToken
  const { seasons } = await withRetries(() =>
    request<{ seasons: { slug: string }[] }>(`${url}?leaderboard=${ratingBoard.id}`, { token }),
  )
  if (seasons.some(({ slug }) => slug === season.slug)) return
  const monthAfter = (months: number) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months)).toISOString()
  const body = { ...season, leaderboard: ratingBoard.id, startsAt: monthAfter(0), endsAt: monthAfter(seasonMonths) }
  await withRetries(() => request(url, { method: 'POST', token, body }))
}

/** Creates the players, or sets their profiles again. */
export async function setProfiles(target: Target, players: readonly SeedPlayer[]): Promise<void> {
  for (const { playerId, band, ...profile } of players) {
    const body = { ...profile, metadata: { skill: band } }
    const options = { method: 'PUT', token: target.serverToken, body } as const
    await withRetries(() => request(`${target.url}/v1/players/${playerId}`, options))
  }
}

/** Plays the matches one after the other, so that ratings are the same on every server; what was played stays. */
export async function playSeedMatches(target: Target, matches: readonly SeedMatch[]): Promise<void> {
  const progress = createProgress('matches', matches.length)
  try {
    for (const { id, playerIds, results } of matches) {
      const opened = await openMatch(target, { id, leaderboard: ratingBoard.id, type: 'RANKED', playerIds })
      await closeMatch(target, opened, { results })
      progress.add(1)
    }
  } finally {
    progress.stop()
  }
}

/** The session that a match makes on the leaderboard of kills. */
export function sessionOf(match: SeedMatch): string {
  return match.id
}

/** Submits the kills of a match as a session of their own. */
export async function submitSession(target: Target, match: SeedMatch): Promise<void> {
  const sessionId = sessionOf(match)
  const url = `${target.url}/v1/leaderboards/${killsBoard.id}/scores`
  for (const { playerId, kills } of match.results) {
    const body = { playerId, score: kills, sessionId, submissionId: `${sessionId}-kills` }
    await withRetries(() => request(url, { method: 'POST', token: target.serverToken, body }))
  }
}
