import type { Lookup } from '../contract/reads.ts'
import { request, withRetries } from './http-client.ts'
import { chunks, inFlight } from './in-flight.ts'
import { createProgress } from '../cli/progress.ts'
import type { Target } from './target.ts'

const lookupSize = 500
const profilesInFlight = 12

/**
 * Sets the display names, by player id, that the leaderboard does not show yet; returns how many. Throws `RequestError`.
 */
export async function setNames(
  target: Target,
  leaderboard: string,
  names: ReadonlyMap<string, string>,
): Promise<number> {
  // A look-up of 500 players is one request, so a second run asks a few dozen times and sets nothing.
  const shown = new Map<string, string>()
  await inFlight(chunks([...names.keys()], lookupSize), 2, async (playerIds) => {
    const options = { method: 'POST', token: target.serverToken, body: { playerIds } } as const
    const found = await withRetries(() =>
      request<Lookup>(`${target.url}/v1/leaderboards/${leaderboard}/lookup`, options),
    )
    for (const row of found.rows) shown.set(row.playerId, row.displayName)
  })
  const wrong = [...names].filter(([playerId, name]) => shown.get(playerId) !== name)
  if (wrong.length === 0) return 0
  const progress = createProgress('players', wrong.length)
  try {
    await inFlight(wrong, profilesInFlight, async ([playerId, displayName]) => {
      const options = { method: 'PUT', token: target.serverToken, body: { displayName } } as const
      await withRetries(() => request(`${target.url}/v1/players/${encodeURIComponent(playerId)}`, options))
      progress.add(1)
    })
  } finally {
    progress.stop()
  }
  return wrong.length
}
