import { describe, expect, test } from 'vitest'
import type { ResolvedStandings } from '../../../src/actions/resolve-standings.ts'
import { decodeRows, encodeRows, joinedSince, nextOf, shownRows } from '../../../src/actions/live-room.ts'

const named = (selector: string, board: object = {}): ResolvedStandings =>
  ({
    board: {
      id: 'b',
      no: 1,
      liveLimit: 3,
      decimals: 1,
      order: 'desc',
      rankStyle: 'competition',
      timezone: 'UTC',
      ...board,
    },
    type: selector.split(':')[0],
    selector,
    startsAt: null,
    endsAt: null,
    row: null,
    nextSeason: null,
  }) as unknown as ResolvedStandings

test.each([
  ['DAILY:2026-12-31', 'DAILY:2027-01-01', 'UTC'],
  ['WEEKLY:2026-W53', 'WEEKLY:2027-W01', 'UTC'],
  ['MONTHLY:2026-12', 'MONTHLY:2027-01', 'UTC'],
  // The zone skipped 30 December.
  ['DAILY:2011-12-29', 'DAILY:2011-12-31', 'Pacific/Apia'],
  ['GLOBAL', null, 'UTC'],
  ['SESSION:final', null, 'UTC'],
  ['REGIONAL:EU', null, 'UTC'],
])('%s is followed by %s', (selector, next, timezone) => expect(nextOf(named(selector, { timezone }), 0)).toBe(next))

test.each([
  [null, null],
  [{ slug: 'spring', startsAt: 10 }, 'SEASONAL:spring'],
  // Made, and not begun yet.
  [{ slug: 'spring', startsAt: 11 }, null],
])('a season is followed by one that has begun: %j', (nextSeason, next) =>
  expect(nextOf({ ...named('SEASONAL:winter'), nextSeason } as ResolvedStandings, 10)).toBe(next),
)

test('rows come back as they were kept, and are shown with shared ranks', () => {
  const rows = [
    { playerId: 'a', score: 25, displayName: 'Ä "x"', region: 'EU' },
    { playerId: 'b', score: 25, displayName: 'b', region: null },
    { playerId: 'c', score: -1, displayName: 'c', region: null },
  ]
  expect(decodeRows(encodeRows(rows))).toEqual(rows)
  const earlier = new Map([
    ['a', 4],
    ['c', 2],
  ])
  expect(shownRows(named('GLOBAL').board, rows, earlier)).toEqual([
    { rank: 1, playerId: 'a', displayName: 'Ä "x"', score: 2.5, region: 'EU', trend: 3 },
    { rank: 1, playerId: 'b', displayName: 'b', score: 2.5, trend: null },
    { rank: 3, playerId: 'c', displayName: 'c', score: -0.1, trend: -1 },
  ])
})

describe('what brings a client from its position to the view', () => {
  const delta = (seq: number, fill = '') => JSON.stringify({ seq, fill })
  const view = {
    epoch: 7,
    seq: 5,
    total: 9,
    sum: 1,
    rows: '[]',
    settings: null,
    deltas: [delta(3), delta(4), delta(5)],
  }
  const join = (position: object, of = view) => joinedSince(named('GLOBAL'), of, () => [], position, 0)
  test.each([
    [{ epoch: 7, seq: 5 }, { mode: 'current' }],
    [
      { epoch: 7, seq: 4 },
      { mode: 'deltas', deltas: [{ seq: 5 }] },
    ],
    [
      { epoch: 7, seq: 2 },
      { mode: 'deltas', deltas: [{ seq: 3 }, { seq: 4 }, { seq: 5 }] },
    ],
    [{ epoch: 7, seq: 1 }, { mode: 'snapshot' }], // one is not kept any more
    [{ epoch: 7, seq: 6 }, { mode: 'snapshot' }], // ahead of the server
    [{ epoch: 6, seq: 5 }, { mode: 'snapshot' }],
    [{ epoch: 8, seq: 5 }, { mode: 'snapshot' }],
    [{ epoch: 7 }, { mode: 'snapshot' }],
    [{ seq: 5 }, { mode: 'snapshot' }],
    [{}, { mode: 'snapshot' }],
  ])('%j', (position, expected) => {
    const joined = join(position)
    expect(joined).toMatchObject({ room: 'b/GLOBAL', epoch: 7, seq: 5, total: 9, limit: 3, ...expected })
    expect('rows' in joined).toBe(expected.mode === 'snapshot')
    expect('deltas' in joined).toBe(expected.mode === 'deltas')
  })
  test('deltas much larger than the list give way to the list', () => {
    const large = { ...view, deltas: [delta(5, 'x'.repeat(5000))] }
    expect(join({ epoch: 7, seq: 4 }, large).mode).toBe('snapshot')
    expect(join({ epoch: 7, seq: 4 }, { ...large, rows: 'x'.repeat(3000) }).mode).toBe('deltas')
  })
})
