import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eloChanges, expectedScore, kFactor, startRating } from '../../../src/ranking/elo.ts'

type Player = { rating: number; placement: number }

const players = (ratings: number[], placements: number[]): Player[] =>
  ratings.map((rating, at) => ({ rating, placement: placements[at]! }))
const range = (from: number, to: number) =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, n) => (to > from ? from + n : from - n))

// The expected numbers were computed from the formula with 50 decimal digits, not with the code under test.
describe('a duel', () => {
  test.each([
    [1200, 1200, 1216, 1184],
    [1400, 1200, 1408, 1192],
    [1200, 1400, 1224, 1376],
    [1600, 1200, 1603, 1197],
    [1200, 1300, 1220, 1280],
    [2000, 1200, 2000, 1200],
    [1200, 2000, 1232, 1968],
    [800, 2400, 832, 2368],
    [2400, 800, 2400, 800],
  ])('%i beats %i: %i, %i', (winner, loser, winnerAfter, loserAfter) => {
    const [gained, lost] = eloChanges(players([winner, loser], [1, 2]))
    expect([winner + gained!, loser + lost!]).toEqual([winnerAfter, loserAfter])
    const [lostToo, gainedToo] = eloChanges(players([loser, winner], [2, 1]))
    expect([gainedToo, lostToo]).toEqual([gained, lost])
  })

  test.each([
    [1200, 1200, 0],
    [1400, 1200, -8],
    [1600, 1200, -13],
    [1200, 1300, 4],
    [2000, 1200, -16],
    [1201, 1200, 0],
  ])('%i draws with %i: %i', (own, other, change) => {
    expect(eloChanges(players([own, other], [1, 1]))).toEqual([change, 0 - change])
  })
})

describe('more than two players', () => {
  test.each([
    ['three, as expected', [1400, 1200, 1000], [1, 2, 3], [5, 0, -5]],
    ['three, upside down', [1400, 1200, 1000], [3, 2, 1], [-27, 0, 27]],
    ['three, shared first', [1300, 1200, 1150], [1, 1, 3], [3, 9, -12]],
    ['three, all drawn', [1300, 1200, 1150], [1, 1, 1], [-5, 1, 4]],
    ['three equals', [1200, 1200, 1200], [2, 1, 3], [0, 16, -16]],
    ['eight equals', range(1, 8).map(() => 1200), range(1, 8), [16, 11, 7, 2, -2, -7, -11, -16]],
    ['eight', [1550, 1480, 1400, 1320, 1210, 1200, 1100, 900], range(1, 8), [6, 3, 2, 0, 0, -4, -5, -3]],
    [
      'eight, upside down',
      [1550, 1480, 1400, 1320, 1210, 1200, 1100, 900],
      range(8, 1),
      [-26, -19, -12, -4, 5, 10, 18, 29],
    ],
    [
      'eight, shared places',
      [1550, 1480, 1400, 1320, 1210, 1200, 1100, 900],
      [1, 1, 3, 3, 3, 6, 7, 7],
      [3, 6, -3, 0, 5, -4, -7, -1],
    ],
  ])('%s', (_, ratings, placements, changes) => {
    expect(eloChanges(players(ratings, placements))).toEqual(changes)
  })

  test('a hundred equals, each in a place of its own', () => {
    const changes = eloChanges(players(Array(100).fill(1200), range(1, 100)))
    expect(changes.slice(0, 10)).toEqual([16, 16, 15, 15, 15, 14, 14, 14, 13, 13])
    expect(changes.slice(44, 56)).toEqual([2, 1, 1, 1, 0, 0, 0, 0, -1, -1, -1, -2])
    expect(changes.toReversed()).toEqual(changes.map((change) => 0 - change))
  })

  test('a hundred from 1000 to 1792, upside down', () => {
    const changes = eloChanges(
      players(
        range(0, 99).map((n) => 1000 + 8 * n),
        range(1, 100),
      ),
    )
    expect(changes.slice(0, 12)).toEqual([27, 27, 26, 26, 25, 25, 24, 24, 23, 23, 22, 22])
    expect(changes.slice(44, 56)).toEqual([3, 3, 2, 1, 1, 0, 0, -1, -1, -2, -3, -3])
    expect(changes.slice(-12)).toEqual([-22, -22, -23, -23, -24, -24, -25, -25, -26, -26, -27, -27])
  })
})

const matchOf = (maxPlayers: number, rating: fc.Arbitrary<number> = fc.integer({ min: 0, max: 4000 })) =>
  fc.array(fc.record({ rating, order: fc.integer({ min: 0, max: maxPlayers }) }), {
    minLength: 2,
    maxLength: maxPlayers,
  })

/** Placements like 1, 1, 3 by `order`, lowest first. */
function placed(drawn: { rating: number; order: number }[]): Player[] {
  return drawn.map(({ rating, order }) => ({
    rating,
    placement: 1 + drawn.filter((other) => other.order < order).length,
  }))
}

describe('properties', () => {
  test('expected shares of two players are whole together, and grow with the own rating', () => {
    const rating = fc.integer({ min: 0, max: 4000 })
    fc.assert(
      fc.property(rating, rating, (own, other) => {
        expect(expectedScore(own, other) + expectedScore(other, own)).toBeCloseTo(1, 12)
        expect(expectedScore(own + 1, other)).toBeGreaterThan(expectedScore(own, other))
      }),
    )
  })

  test('changes are whole numbers within K, without -0, and about zero together', () => {
    fc.assert(
      fc.property(matchOf(100), (drawn) => {
        const changes = eloChanges(placed(drawn))
        expect(changes).toHaveLength(drawn.length)
        const misfits = changes.filter(
          (change) => !Number.isInteger(change) || Math.abs(change) > kFactor || Object.is(change, -0),
        )
        expect(misfits).toEqual([])
        // Each rounding is off by at most a half.
        expect(Math.abs(changes.reduce((sum, change) => sum + change, 0))).toBeLessThanOrEqual(drawn.length / 2)
      }),
    )
  })

  test('a duel moves as many points as it takes', () => {
    fc.assert(
      fc.property(matchOf(2), (drawn) => {
        const [first, second] = eloChanges(placed(drawn))
        expect(first! + second!).toBe(0)
      }),
    )
  })

  test('each change is the formula, rounded', () => {
    fc.assert(
      fc.property(matchOf(12), (drawn) => {
        const match = placed(drawn)
        for (const [at, change] of eloChanges(match).entries()) {
          const own = match[at]!
          const rest = match.filter((_, index) => index !== at)
          const actual = rest.reduce((sum, { placement }) => sum + (Math.sign(placement - own.placement) + 1) / 2, 0)
          const expected = rest.reduce((sum, { rating }) => sum + 1 / (1 + 10 ** ((rating - own.rating) / 400)), 0)
          expect(Math.abs(change - (32 * (actual - expected)) / rest.length)).toBeLessThanOrEqual(0.5 + 1e-6)
        }
      }),
    )
  })

  // Ratings of a few values 400 apart make many changes that end in exactly one half.
  test.each([
    ['any ratings', matchOf(100)],
    ['ratings mirrored around the middle', matchOf(100, fc.constantFrom(400, 800, 1200, 1600, 2000))],
  ])('the order in which players are listed does not matter: %s', (_, drawnMatch) => {
    fc.assert(
      fc.property(drawnMatch, fc.infiniteStream(fc.nat()), (drawn, keys) => {
        const match = placed(drawn)
        const order = match.map((_player, at) => ({ at, key: keys.next().value! })).sort((a, b) => a.key - b.key)
        const changes = eloChanges(match)
        const shuffled = eloChanges(order.map(({ at }) => match[at]!))
        expect(shuffled).toEqual(order.map(({ at }) => changes[at]))
      }),
    )
  })

  test.each([33, 65, 97])('halves are rounded away from zero, %i players mirrored around one', (count) => {
    // One in the middle, as many stronger as weaker ones: expected is half of the points, exactly.
    const pairs = (count - 1) / 2
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: pairs, maxLength: pairs }), (distances) => {
        const ratings = [startRating, ...distances.flatMap((far) => [startRating + far, startRating - far])]
        // So many points over expectation that 32 / (n - 1) of them is a half; an uneven count takes a draw.
        const points = pairs + (count - 1) / 64
        const drawn = Number.isInteger(points) ? 0 : 1
        const before = count - 1 - Math.ceil(points)
        const placements = ratings.map((_rating, at) => {
          if (at === 0) return before + 1
          return at <= before ? 1 : at <= before + drawn ? before + 1 : before + drawn + 2
        })
        expect(eloChanges(players(ratings, placements))[0]).toBe(1)
      }),
    )
  })

  test('among equals who is first gains, and who is last loses', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), fc.integer({ min: 0, max: 4000 }), (count, rating) => {
        const changes = eloChanges(players(Array<number>(count).fill(rating), range(1, count)))
        expect(changes[0]).toBe(16)
        expect(changes.at(-1)).toBe(-16)
        expect(changes).toEqual(changes.toSorted((a, b) => b - a))
      }),
    )
  })
})
