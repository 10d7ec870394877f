import { expect, test } from 'vitest'
import type { LeaderboardType } from '../../../src/ranking/leaderboard.ts'
import { firstChoice, standingsChoices, standingsLabel } from '../../../src/web/standings-choices.ts'

const period = (standings: string, status: 'OPEN' | 'CLOSING' | 'SEALED' = 'OPEN') => {
  return { standings, startsAt: null, endsAt: null, status, total: 1 }
}

test('what goes on comes first, then regions and sessions, then what is over', () => {
  const periods = [
    period('GLOBAL'),
    period('WEEKLY:2026-W48'),
    period('WEEKLY:2026-W47', 'SEALED'),
    period('REGIONAL:EU'),
    period('SESSION:final'),
    period('DAILY:2026-11-22', 'CLOSING'),
  ]
  const groups = standingsChoices(['GLOBAL', 'WEEKLY', 'DAILY', 'REGIONAL', 'SESSION'], periods)
  expect(groups.map(({ label, choices }) => [label, choices.map(({ selector }) => selector)])).toEqual([
    ['Now', ['GLOBAL', 'WEEKLY', 'DAILY']],
    ['Regions', ['REGIONAL:EU']],
    ['Sessions', ['SESSION:final']],
    ['Earlier', ['WEEKLY:2026-W47', 'DAILY:2026-11-22']],
  ])
  expect(standingsChoices(['REGIONAL'], [])).toEqual([])
})

test.each<[LeaderboardType[], string | null]>([
  [['WEEKLY', 'GLOBAL'], 'GLOBAL'],
  [['DAILY', 'WEEKLY'], 'DAILY'],
  [['SESSION', 'WEEKLY'], 'WEEKLY'],
  [['SESSION', 'REGIONAL'], 'REGIONAL:EU'],
  [['SESSION'], 'SESSION:final'],
])('of %j %s is shown unless something is chosen', (types, selector) => {
  const periods = [period('SESSION:final'), period('SESSION:semi-final'), period('REGIONAL:EU')]
  const kept = periods.filter(({ standings }) => types.some((type) => standings.startsWith(type)))
  expect(firstChoice(types, kept)).toBe(selector)
})

test('a leaderboard of sessions shows nothing before the first one', () => {
  expect(firstChoice(['SESSION'], [])).toBe(null)
})

test.each([
  ['GLOBAL', 'All time'],
  ['WEEKLY', 'This week'],
  ['WEEKLY:2026-W07', 'Week 7, 2026'],
  ['MONTHLY:2026-11', 'November 2026'],
  ['DAILY:2026-11-22', '22 Nov 2026'],
  ['SEASONAL:winter-2026', 'Season winter-2026'],
  ['REGIONAL:EU', 'Region EU'],
  ['SESSION:a:b', 'Session a:b'],
  ['nonsense', 'nonsense'],
])('%s is called "%s"', (selector, label) => {
  expect(standingsLabel(selector)).toBe(label)
})
