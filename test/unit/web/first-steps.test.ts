import { expect, test } from 'vitest'
import type { LeaderboardView } from '../../../src/contract/leaderboard.ts'
import { leaderboardCreateSchema } from '../../../src/contract/leaderboard.ts'
import { matchCreateSchema } from '../../../src/contract/match.ts'
import { profileBody } from '../../../src/contract/player.ts'
import { submissionSchema } from '../../../src/contract/submission.ts'
import { pollPause } from '../../../src/web/poll-pause.ts'
import { stepsToFill, stepsToScore } from '../../../src/web/first-steps.ts'

const here = {
  origin: 'http://127.0.0.1:3000',
  demo: 'npx rankpulse demo',
  seed: 'npx rankpulse seed',
  token: 'npx rankpulse token',
}
const board = (of: Partial<LeaderboardView> = {}) =>
  ({ id: 'arena', metric: 'score', types: ['GLOBAL', 'REGIONAL', 'SESSION'], ...of }) as LeaderboardView
/** The request of a command, as a shell would send it. */
function requestOf(command: string) {
  const [, method, path] = /curl -X (\w+) http:\/\/127\.0\.0\.1:3000(\S+)/.exec(command)!
  const body = JSON.parse(/-d '(.*)'$/s.exec(command)![1]!) as Record<string, unknown>
  return { method, path, role: /--role (\w+)/.exec(command)![1], body }
}

test('an empty server is filled by the demos or by a definition that it takes', () => {
  const commands = stepsToFill(here).map(({ command }) => command)
  expect(commands.slice(0, 2)).toEqual(['npx rankpulse demo goals', 'npx rankpulse seed'])
  const { body, ...request } = requestOf(commands[2]!)
  expect(request).toEqual({ method: 'POST', path: '/v1/leaderboards', role: 'admin' })
  expect(leaderboardCreateSchema.parse(body)).toMatchObject(body)
})

test.each([
  ['GLOBAL', {}, [{ playerId: 'ada', score: 4200 }]],
  [null, {}, [{ playerId: 'ada', score: 4200 }]],
  ['GLOBAL', { maxScore: 100 }, [{ playerId: 'ada', score: 100 }]],
  ['GLOBAL', { minScore: 5000 }, [{ playerId: 'ada', score: 5000 }]],
  ['SESSION:s:1', {}, [{ playerId: 'ada', score: 4200, sessionId: 's:1' }]],
  [null, { types: ['SESSION'] }, [{ playerId: 'ada', score: 4200, sessionId: 'final' }]],
  [
    'REGIONAL:US',
    {},
    [
      { displayName: 'Ada', region: 'US' },
      { playerId: 'ada', score: 4200 },
    ],
  ],
  [null, { metric: 'rating' }, [{ leaderboard: 'arena', type: 'RANKED', playerIds: ['ada', 'grace'] }]],
] as const)('standings %s of %j get their first score by what the server takes', (standings, of, bodies) => {
  const commands = stepsToScore(here, board(of as Partial<LeaderboardView>), standings).map(({ command }) => command)
  const requests = commands.filter((command) => command.includes('curl')).map(requestOf)
  const others = commands.filter((command) => !command.includes('curl'))
  for (const other of others) expect(other).toBe('npx rankpulse demo live --leaderboard arena')
  expect(requests.map(({ body }) => body)).toEqual(bodies)
  const schemas: Record<string, { parse(value: unknown): unknown }> = {
    '/v1/players/ada': profileBody,
    '/v1/matches': matchCreateSchema,
    '/v1/leaderboards/arena/scores': submissionSchema,
  }
  for (const { path, role, body } of requests) {
    expect(role).toBe('server')
    expect(schemas[path!]!.parse(body)).toMatchObject(body)
  }
})

test.each([
  [0, 1000],
  [9999, 1000],
  [10_000, 5000],
  [Infinity, 5000],
])('a definition that changed %d ms ago is read again after %d ms', (ago, pause) => {
  expect(pollPause(ago)).toBe(pause)
})
