import type { LeaderboardView } from '../contract/leaderboard.ts'
import { request, RequestError, withRetries } from './http-client.ts'
import type { Target } from './target.ts'

/** A leaderboard of a demo. `description` says where its data come from. */
export interface DemoBoard {
  id: string
  title: string
  description: string
  [rule: string]: unknown
}

/**
 * Defines a demo's leaderboard. One that is there keeps what stands before its description; a title that an earlier version
 * gave it is replaced. Returns the description. Throws `RequestError`, CONFLICT when somebody made another leaderboard of
 * that id.
 */
export async function defineBoard(target: Target, board: DemoBoard, earlierTitle: string): Promise<string> {
  const [url, token] = [`${target.url}/v1/leaderboards`, target.adminToken]
  const there = await findBoard(target, board.id)
  const isOurs = there !== null && [board.title, earlierTitle].includes(there.title)
  // As it is: whether the rules are the same is what the server compares.
  const present = isOurs ? { title: there.title, description: there.description ?? '' } : {}
  await withRetries(() => request(url, { method: 'POST', token, body: { ...board, ...present } }))
  if (!isOurs) return board.description
  const kept = there.description?.endsWith(board.description) ? there.description : board.description
  const change = {
    ...(there.title === board.title ? {} : { title: board.title }),
    ...(there.description === kept ? {} : { description: kept }),
  }
  if (Object.keys(change).length > 0) await changeBoard(target, board.id, change)
  return kept
}

/** Changes a leaderboard's title or description. Throws `RequestError`. */
export async function changeBoard(
  target: Target,
  id: string,
  change: { title?: string; description?: string },
): Promise<void> {
  const options = { method: 'PATCH', token: target.adminToken, body: change } as const
  await withRetries(() => request(`${target.url}/v1/leaderboards/${id}`, options))
}

/** A leaderboard, or null when no leaderboard has that id. Throws `RequestError`. */
export async function findBoard(target: Target, id: string): Promise<LeaderboardView | null> {
  const url = `${target.url}/v1/leaderboards/${encodeURIComponent(id)}`
  try {
    return await withRetries(() => request<LeaderboardView>(url, { token: target.adminToken }))
  } catch (error) {
    if (error instanceof RequestError && error.code === 'NOT_FOUND') return null
    throw error
  }
}
