import { expect, test } from 'vitest'
import { leaderboardTypes } from '../../../src/ranking/leaderboard.ts'
import { parseSelector, formatSelector } from '../../../src/ranking/selector.ts'
import { targetsOf, windowOpen } from '../../../src/ranking/targets.ts'

const instant = Date.parse('2026-11-22T23:30:00.000Z')
const season = { key: 'winter-2026', startsAt: instant - 1000, endsAt: instant + 1000 }
const facts = { instant, region: 'EU', sessionId: 'lobby:7', season }

test('a submission goes to every type the leaderboard keeps, in its order, cut in its zone', () => {
  const board = { types: [...leaderboardTypes].toReversed(), timezone: 'Europe/Berlin' }
  expect(targetsOf(board, facts)).toEqual([
    { type: 'SESSION', key: 'lobby:7', startsAt: null, endsAt: null },
    { type: 'REGIONAL', key: 'EU', startsAt: null, endsAt: null },
    {
      type: 'DAILY',
      key: '2026-11-23',
      startsAt: Date.parse('2026-11-22T23:00:00Z'),
      endsAt: Date.parse('2026-11-23T23:00:00Z'),
    },
    {
      type: 'WEEKLY',
      key: '2026-W48',
      startsAt: Date.parse('2026-11-22T23:00:00Z'),
      endsAt: Date.parse('2026-11-29T23:00:00Z'),
    },
    {
      type: 'MONTHLY',
      key: '2026-11',
      startsAt: Date.parse('2026-10-31T23:00:00Z'),
      endsAt: Date.parse('2026-11-30T23:00:00Z'),
    },
    { type: 'SEASONAL', ...season },
    { type: 'GLOBAL', key: '', startsAt: null, endsAt: null },
  ])
})

test('types without their fact are left out', () => {
  const board = { types: [...leaderboardTypes], timezone: 'UTC' }
  const targets = targetsOf(board, { instant, region: null, sessionId: null, season: null })
  expect(targets.map(({ type }) => type)).toEqual(['GLOBAL', 'MONTHLY', 'WEEKLY', 'DAILY'])
  expect(targetsOf({ ...board, types: ['REGIONAL'] }, { ...facts, region: null })).toEqual([])
})

test('every target has a selector', () => {
  for (const { type, key } of targetsOf({ types: [...leaderboardTypes], timezone: 'UTC' }, facts)) {
    expect(parseSelector(formatSelector(type, key))).toEqual({ type, key: key || null })
  }
})

test('a window is open until the grace after its end is over', () => {
  const target = { startsAt: 1000, endsAt: 2000 }
  expect(windowOpen(target, 1999, 0)).toBe(true)
  expect(windowOpen(target, 2000, 0)).toBe(false)
  expect(windowOpen(target, 2499, 500)).toBe(true)
  expect(windowOpen(target, 2500, 500)).toBe(false)
  expect(windowOpen({ startsAt: null, endsAt: null }, Number.MAX_SAFE_INTEGER, 0)).toBe(true)
})
