import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runLiveDemo } from '../../../src/demo/live.ts'
import { inventPlayers } from '../../../src/demo/live-names.ts'
import { simulateScores } from '../../../src/demo/live-scores.ts'
import { profileBody } from '../../../src/contract/player.ts'

const printed: string[] = []

beforeEach(() => {
  printed.length = 0
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((line: string) => void printed.push(line))
  }
})
afterEach(() => vi.restoreAllMocks())

test('--help says what it does', async () => {
  expect(await runLiveDemo(['--help'])).toBe(0)
  expect(printed.join('\n')).toMatch(/--rate/)
})

test.each([
  ['--rate', '0'],
  ['--players', 'ten'],
  ['--batch', '1001'],
  ['--operator', 'last'],
  ['arena'],
  ['--url', 'x'],
])('%s %s is wrong usage', async (...args) => {
  expect(await runLiveDemo(args)).toBe(2)
  expect(printed.join('\n')).toMatch(/usage:/)
})

test('without a server it says how to start one', async () => {
  expect(await runLiveDemo(['--url', 'http://127.0.0.1:0', '--token', 'any'])).toBe(1)
  expect(printed.join('\n')).toMatch(/npm run quickstart/)
})

test('players have names of their own, from several countries, that the server takes', () => {
  const players = inventPlayers(1000)
  expect(new Set(players.map(({ playerId }) => playerId)).size).toBe(1000)
  expect(new Set(players.map(({ displayName, country }) => displayName + country)).size).toBe(1000)
  expect(new Set(players.map(({ country }) => country)).size).toBeGreaterThan(5)
  for (const { playerId: _playerId, ...profile } of players) expect(profileBody.parse(profile)).toEqual(profile)
})

test.each([
  ['best', 'desc', 2, 1],
  ['best', 'asc', 3, -1],
  ['sum', 'asc', 0, 0],
] as const)('scores on %s, %s have %i decimals and get better', (operator, order, decimals, direction) => {
  const next = simulateScores({ operator, order, decimals }, 3, () => 0.5)
  const scores = Array.from({ length: 500 }, () => next(1))
  for (const score of scores) expect(score).toBe(Number(score.toFixed(decimals)))
  expect(Math.sign(scores.at(-1)! - scores[0]!)).toBe(direction)
})

test('points to add are above nothing', () => {
  const next = simulateScores({ operator: 'sum', order: 'desc', decimals: 0 }, 3)
  expect(Math.min(...Array.from({ length: 500 }, () => next(1)))).toBeGreaterThan(0)
})
