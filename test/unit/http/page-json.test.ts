import { expect, test } from 'vitest'
import type { Page, Row } from '../../../src/contract/reads.ts'
import { json, pageJson } from '../../../src/http/message.ts'

const rows: Row[] = [
  { rank: 1, playerId: 'a', displayName: 'Zo\u00eb "Z" \ud83c\udfc6', score: 1.5, region: 'EU', trend: null },
  { rank: 2, playerId: 'b', displayName: 'b', score: -3 },
]
const page: Page = {
  leaderboard: 'arena',
  standings: 'GLOBAL',
  total: 2,
  period: null,
  source: 'redis',
  asOf: '2026-01-01T00:00:00.000Z',
  rows,
}
const { rows: _, ...head } = page

test.each([
  ['a page', page],
  ['the same rows in another page', { ...page, total: 3, asOf: '2026-01-01T00:00:01.000Z' }],
  ['other rows', { ...page, rows: rows.slice(1) }],
  ['no rows', { ...page, rows: [] }],
  ['rows that are not the last property', { rows, ...head }],
])('%s is the JSON that it would be anyway', (_, one) => {
  const made = pageJson(one)
  expect({ ...made, body: JSON.parse(String(made.body)) as Page }).toEqual({ ...json(200, one), body: one })
})
