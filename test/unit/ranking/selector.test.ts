import { expect, test } from 'vitest'
import type { LeaderboardType } from '../../../src/ranking/leaderboard.ts'
import { defaultType, formatSelector, needsKey, parseSelector } from '../../../src/ranking/selector.ts'

test.each<[string, LeaderboardType, string | null]>([
  ['GLOBAL', 'GLOBAL', null],
  ['WEEKLY', 'WEEKLY', null],
  ['WEEKLY:2026-W47', 'WEEKLY', '2026-W47'],
  ['WEEKLY:2026-W53', 'WEEKLY', '2026-W53'],
  ['MONTHLY', 'MONTHLY', null],
  ['MONTHLY:2026-11', 'MONTHLY', '2026-11'],
  ['DAILY', 'DAILY', null],
  ['DAILY:2026-11-22', 'DAILY', '2026-11-22'],
  ['DAILY:2028-02-29', 'DAILY', '2028-02-29'],
  ['SEASONAL', 'SEASONAL', null],
  ['SEASONAL:winter-2026', 'SEASONAL', 'winter-2026'],
  [`SEASONAL:${'a'.repeat(48)}`, 'SEASONAL', 'a'.repeat(48)],
  ['REGIONAL:EU', 'REGIONAL', 'EU'],
  ['REGIONAL:EU-WEST1', 'REGIONAL', 'EU-WEST1'],
  ['SESSION:a', 'SESSION', 'a'],
  ['SESSION:lobby:7:final', 'SESSION', 'lobby:7:final'],
  ['SESSION::', 'SESSION', ':'],
  [`SESSION:${'x'.repeat(64)}`, 'SESSION', 'x'.repeat(64)],
])('%s is read and written back', (text, type, key) => {
  expect(parseSelector(text)).toEqual({ type, key })
  expect(formatSelector(type, key)).toBe(text)
})

test.each([
  '',
  ':',
  'global',
  'YEARLY',
  'toString',
  ' GLOBAL',
  'GLOBAL\n',
  'GLOBAL:',
  'GLOBAL:x',
  'WEEKLY:',
  'WEEKLY:2026-47',
  'WEEKLY:2026-W5',
  'WEEKLY:2026-w47',
  'WEEKLY:2026-W00',
  'WEEKLY:2026-W54',
  'WEEKLY:2025-W53',
  'WEEKLY:2026-W47\n',
  'WEEKLY:0000-W10',
  'MONTHLY:2026-00',
  'MONTHLY:2026-13',
  'MONTHLY:2026-1',
  'MONTHLY:2026-11-22',
  'DAILY:2026-02-30',
  'DAILY:2026-02-29',
  'DAILY:2026-11-00',
  'DAILY:2026-11',
  'DAILY:0000-01-01',
  'DAILY:+2026-01-01',
  'SEASONAL:',
  'SEASONAL:Winter',
  'SEASONAL:-winter',
  `SEASONAL:${'a'.repeat(49)}`,
  'REGIONAL',
  'REGIONAL:',
  'REGIONAL:E',
  'REGIONAL:eu',
  'REGIONAL:EU-WEST-1',
  'SESSION',
  'SESSION:',
  'SESSION:a b',
  'SESSION:é',
  `SESSION:${'x'.repeat(65)}`,
])('%j is malformed', (text) => {
  expect(parseSelector(text)).toBeNull()
})

test('the empty key of GLOBAL is not shown', () => {
  expect(formatSelector('GLOBAL', '')).toBe('GLOBAL')
})

test.each<[LeaderboardType[], LeaderboardType, boolean]>([
  [['GLOBAL'], 'GLOBAL', false],
  [['SESSION', 'WEEKLY', 'GLOBAL'], 'GLOBAL', false],
  [['DAILY', 'WEEKLY'], 'DAILY', false],
  [['SEASONAL', 'WEEKLY'], 'SEASONAL', false],
  [['SESSION', 'WEEKLY'], 'SESSION', true],
  [['REGIONAL'], 'REGIONAL', true],
])('of %j %s is the default; it needs a key: %s', (types, type, keyed) => {
  expect(defaultType(types)).toBe(type)
  expect(needsKey(type)).toBe(keyed)
})
