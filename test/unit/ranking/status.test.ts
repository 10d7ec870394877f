import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seasonStatusAt, standingsStatuses, statusAt, type StandingsStatus } from '../../../src/ranking/status.ts'

describe('a standings that ends at 1000 with a grace of 500', () => {
  // Stored, at 999, 1000, 1499 and 1500.
  test.each<[StandingsStatus | null, StandingsStatus[]]>([
    [null, ['OPEN', 'CLOSING', 'CLOSING', 'SEALED']],
    ['OPEN', ['OPEN', 'CLOSING', 'CLOSING', 'CLOSING']],
    ['CLOSING', ['CLOSING', 'CLOSING', 'CLOSING', 'CLOSING']],
    ['SEALING', ['SEALING', 'SEALING', 'SEALING', 'SEALING']],
    ['SEALED', ['SEALED', 'SEALED', 'SEALED', 'SEALED']],
  ])('stored as %s', (stored, expected) =>
    expect([999, 1000, 1499, 1500].map((now) => statusAt(stored, { endsAt: 1000 }, 500, now))).toEqual(expected),
  )
  test('without a grace it is sealed at its end', () =>
    expect([999, 1000].map((now) => statusAt(null, { endsAt: 1000 }, 0, now))).toEqual(['OPEN', 'SEALED']))
  test.each<[StandingsStatus | null, StandingsStatus]>([
    [null, 'OPEN'],
    ['OPEN', 'OPEN'],
  ])('without an end, stored as %s', (stored, expected) =>
    expect(statusAt(stored, { endsAt: null }, 0, Number.MAX_SAFE_INTEGER)).toBe(expected),
  )
})

test.each([
  [999, 'SCHEDULED'],
  [1000, 'ACTIVE'],
  [1999, 'ACTIVE'],
  [2000, 'ENDED'],
])('a season from 1000 to 2000 at %i', (now, expected) =>
  expect(seasonStatusAt({ startsAt: 1000, endsAt: 2000 }, now)).toBe(expected),
)

/** The rule as a story: time is walked through step by step, and each event moves the status on. */
function story(stored: StandingsStatus | null, endsAt: number | null, graceMs: number, now: number): StandingsStatus {
  let status: StandingsStatus = stored ?? 'OPEN'
  for (let time = 0; time <= now; time++) {
    if (time === endsAt && status === 'OPEN') status = 'CLOSING'
    if (endsAt !== null && time === endsAt + graceMs && stored === null) status = 'SEALED'
  }
  return status
}

test('the status is what the story of the standings comes to, and never goes back', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(null, ...standingsStatuses),
      fc.option(fc.nat(40)),
      fc.nat(40),
      fc.nat(100),
      (stored, endsAt, graceMs, now) => {
        const status = statusAt(stored, { endsAt }, graceMs, now)
        expect(status).toBe(story(stored, endsAt, graceMs, now))
        const step = (one: StandingsStatus) => standingsStatuses.indexOf(one)
        expect(step(statusAt(stored, { endsAt }, graceMs, now + 1))).toBeGreaterThanOrEqual(step(status))
        // An end that is moved up, as by hand, never opens it.
        const sooner = { endsAt: endsAt === null ? null : endsAt - 1 }
        expect(step(statusAt(stored, sooner, graceMs, now))).toBeGreaterThanOrEqual(step(status))
      },
    ),
    { numRuns: 2000 },
  )
})
