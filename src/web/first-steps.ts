import type { LeaderboardView } from '../contract/leaderboard.ts'
import { defaultType, parseSelector } from '../ranking/selector.ts'

/** Something to do in a shell. */
export interface Step {
  label: string
  command: string
}

/** The server of the page: its address, and what runs its commands where it is installed, such as `npm run demo --`. */
export interface Here {
  origin: string
  demo: string
  seed: string
  token: string
}

/** How to fill a server that has no leaderboard; to be entered in the folder that it was started in. */
export function stepsToFill(here: Here): Step[] {
  const definition = { id: 'mine', types: ['GLOBAL', 'WEEKLY'] }
  return [
    { label: '150 years of football, goal by goal', command: `${here.demo} goals` },
    { label: 'Something of every kind, with 20 invented players', command: here.seed },
    { label: 'A leaderboard of your own', command: post(here, 'admin', '/v1/leaderboards', definition) },
  ]
}

/** How to submit the first score to standings (null: the first ones), or how ratings come about. */
export function stepsToScore(here: Here, board: LeaderboardView, standings: string | null): Step[] {
  const { type, key } = parseSelector(standings ?? '') ?? { type: defaultType(board.types), key: null }
  if (board.metric === 'rating') {
    const match = { leaderboard: board.id, type: 'RANKED', playerIds: ['ada', 'grace'] }
    const announce = post(here, 'server', '/v1/matches', match)
    return [{ label: 'Ratings come from matches that are over and verified; this announces one', command: announce }]
  }
  const session = type === 'SESSION' ? { sessionId: key ?? 'final' } : {}
  const score = { playerId: 'ada', score: exampleScore(board), ...session }
  const submit = post(here, 'server', `/v1/leaderboards/${board.id}/scores`, score)
  if (type === 'SESSION') return [{ label: 'Submit one', command: submit }]
  const live = { label: 'Or let simulated players score', command: `${here.demo} live --leaderboard ${board.id}` }
  if (type !== 'REGIONAL') return [{ label: 'Submit one', command: submit }, live]
  const profile = { displayName: 'Ada', region: key ?? 'EU' }
  return [
    { label: 'Say where a player is', command: request(here, 'PUT', 'server', '/v1/players/ada', profile) },
    { label: 'Submit a score of the player', command: submit },
    live,
  ]
}

/** A score that the leaderboard takes. */
function exampleScore({ minScore = -Infinity, maxScore = Infinity }: LeaderboardView): number {
  return Math.max(minScore, Math.min(maxScore, 4200))
}

function post(here: Here, role: string, path: string, body: object): string {
  return request(here, 'POST', role, path, body)
}

function request({ origin, token }: Here, method: string, role: string, path: string, body: object): string {
  return [
    `TOKEN=$(${token} --role ${role} --sub me)`,
    `curl -X ${method} ${origin}${path} \\`,
    `  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n')
}
