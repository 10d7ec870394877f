import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MatchState } from '../../../src/ranking/match.ts'
import { afterStep, arePlacements, matchSteps, resultOf } from '../../../src/ranking/match.ts'

const scheduled: MatchState = { status: 'SCHEDULED', verification: null }
const inProgress: MatchState = { status: 'IN_PROGRESS', verification: null }
const cancelled: MatchState = { status: 'CANCELLED', verification: null }
const pending: MatchState = { status: 'COMPLETED', verification: 'PENDING' }
const disputed: MatchState = { status: 'COMPLETED', verification: 'DISPUTED' }
const verified: MatchState = { status: 'COMPLETED', verification: 'VERIFIED' }
const rejected: MatchState = { status: 'COMPLETED', verification: 'REJECTED' }

const steps = ['START', 'COMPLETE', 'CANCEL', 'VERIFY', 'DISPUTE', 'REJECT'] as const

test('the table below has every step', () => {
  expect(new Set(steps)).toEqual(new Set(matchSteps.filter((step) => step !== 'CREATE')))
})

// Every state with every step: where it leads, null where it may not be taken.
describe.each<[string, MatchState, Record<(typeof steps)[number], MatchState | null>]>([
  [
    'SCHEDULED',
    scheduled,
    { START: inProgress, COMPLETE: null, CANCEL: cancelled, VERIFY: null, DISPUTE: null, REJECT: null },
  ],
  [
    'IN_PROGRESS',
    inProgress,
    { START: null, COMPLETE: pending, CANCEL: cancelled, VERIFY: null, DISPUTE: null, REJECT: null },
  ],
  ['CANCELLED', cancelled, { START: null, COMPLETE: null, CANCEL: null, VERIFY: null, DISPUTE: null, REJECT: null }],
  [
    'PENDING',
    pending,
    { START: null, COMPLETE: null, CANCEL: null, VERIFY: verified, DISPUTE: disputed, REJECT: rejected },
  ],
  [
    'DISPUTED',
    disputed,
    { START: null, COMPLETE: null, CANCEL: null, VERIFY: verified, DISPUTE: null, REJECT: rejected },
  ],
  ['VERIFIED', verified, { START: null, COMPLETE: null, CANCEL: null, VERIFY: null, DISPUTE: null, REJECT: rejected }],
  ['REJECTED', rejected, { START: null, COMPLETE: null, CANCEL: null, VERIFY: null, DISPUTE: null, REJECT: null }],
])('from %s', (_, from, expected) => {
  test.each(steps)('%s', (step) => {
    expect(afterStep(from, step)).toEqual(expected[step])
  })
})

describe('placements', () => {
  test.each([[[1, 2]], [[1, 1]], [[1, 1, 3]], [[3, 1, 1]], [[1, 2, 2, 4]], [[2, 4, 1, 2]], [[1, 1, 1, 1]]])(
    '%j are some',
    (placements) => {
      expect(arePlacements(placements)).toBe(true)
    },
  )

  test.each([
    [[1, 1, 2]],
    [[1, 3]],
    [[0, 1]],
    [[2, 2]],
    [[2, 3]],
    [[1, 2, 2, 3]],
    [[-1, 1]],
    [[1, 1.5]],
    [[1, NaN]],
    [[1, 2, 4]],
    [[1, Infinity]],
  ])('%j are none', (placements) => {
    expect(arePlacements(placements)).toBe(false)
  })

  test('are exactly one more than the number of players ahead', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 6 }), (placements) => {
        const right = placements.every(
          (placement) => placement === 1 + placements.filter((other) => other < placement).length,
        )
        expect(arePlacements(placements)).toBe(right)
      }),
    )
  })
})

test.each([
  [
    [1, 2],
    ['WIN', 'LOSS'],
  ],
  [
    [2, 1],
    ['LOSS', 'WIN'],
  ],
  [
    [1, 1],
    ['DRAW', 'DRAW'],
  ],
  [
    [1, 2, 3],
    ['WIN', 'LOSS', 'LOSS'],
  ],
  [
    [1, 1, 3],
    ['DRAW', 'DRAW', 'LOSS'],
  ],
  [
    [2, 2, 1],
    ['LOSS', 'LOSS', 'WIN'],
  ],
  [
    [1, 1, 1],
    ['DRAW', 'DRAW', 'DRAW'],
  ],
])('placements %j are results %j', (placements, results) => {
  expect(placements.map((placement) => resultOf(placement, placements))).toEqual(results)
})
