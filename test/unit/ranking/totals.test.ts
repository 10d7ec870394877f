import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { resultTypes } from '../../../src/ranking/match.ts'
import type { CountedResult } from '../../../src/ranking/totals.ts'
import { addResult, countTotals, noTotals } from '../../../src/ranking/totals.ts'

const none = { kills: null, deaths: null, assists: null, accuracy: null }
const plain: CountedResult = { result: 'LOSS', ...none, ladder: 'arena', change: null }

test('nothing played: zeros, and the rating that everybody begins with', () => {
  expect(countTotals([])).toEqual({
    matches: 0,
    wins: 0,
    losses: 0,
    draws: 0,
    kills: 0,
    deaths: 0,
    assists: 0,
    accuracySum: 0,
    accuracyCount: 0,
    currentStreak: 0,
    bestStreak: 0,
    bestRating: 1200,
  })
})

const arena = (change: number | null) => ({ ladder: 'arena', change })

test('matches add up, in their order', () => {
  expect(
    countTotals([
      { result: 'WIN', kills: 5, deaths: 2, assists: 1, accuracy: 0.5, ...arena(16) },
      { result: 'WIN', kills: 0, deaths: 0, assists: 0, accuracy: 0, ...arena(15) },
      { result: 'DRAW', kills: null, deaths: null, assists: null, accuracy: null, ...arena(-1) },
      { result: 'WIN', kills: 7, deaths: 3, assists: 4, accuracy: 0.25, ...arena(-1) },
      { result: 'LOSS', kills: 1, deaths: null, assists: 2, accuracy: null, ...arena(null) },
      { result: 'WIN', kills: null, deaths: 6, assists: null, accuracy: 0.75, ...arena(-1) },
    ]),
  ).toEqual({
    matches: 6,
    wins: 4,
    losses: 1,
    draws: 1,
    kills: 13,
    deaths: 11,
    assists: 7,
    accuracySum: 1.5,
    accuracyCount: 4,
    currentStreak: 1,
    bestStreak: 2,
    bestRating: 1231,
  })
})

test.each([
  ['', 0, 0],
  ['W', 1, 1],
  ['WWW', 3, 3],
  ['WWL', 0, 2],
  ['WWD', 0, 2],
  ['WWLW', 1, 2],
  ['WLWWWDWW', 2, 3],
  ['LLD', 0, 0],
])('streaks of %j: now %i, best %i', (letters, currentStreak, bestStreak) => {
  const results = letters
    .split('')
    .map((letter) => ({ ...plain, result: resultTypes.find((type) => type.startsWith(letter))! }))
  expect(countTotals(results)).toMatchObject({ currentStreak, bestStreak })
})

test.each<[[string, number | null][], number]>([
  [
    [
      ['a', -16],
      ['a', -14],
    ],
    1200,
  ],
  [
    [
      ['a', -16],
      ['a', 32],
      ['a', -26],
    ],
    1216,
  ],
  [
    [
      ['a', null],
      ['a', null],
    ],
    1200,
  ],
  [
    [
      ['a', 50],
      ['a', null],
    ],
    1250,
  ],
  // Each ladder has a rating of its own.
  [
    [
      ['a', 16],
      ['b', 20],
      ['a', 15],
      ['b', -30],
    ],
    1231,
  ],
])('changes %j: best rating %i', (changes, best) => {
  expect(countTotals(changes.map(([ladder, change]) => ({ ...plain, ladder, change }))).bestRating).toBe(best)
})

test('a match that was taken back leaves no trace in the best rating', () => {
  const played = [16, 14, -13, 15].map((change) => ({ ...plain, change }))
  expect(countTotals(played).bestRating).toBe(1232)
  expect(countTotals(played.toSpliced(1, 1)).bestRating).toBe(1218)
})

const count = fc.option(fc.nat(50))
const applied: fc.Arbitrary<CountedResult> = fc.record({
  result: fc.constantFrom(...resultTypes),
  kills: count,
  deaths: count,
  assists: count,
  // Eighths add up without rounding.
  accuracy: fc.option(fc.nat(8).map((eighths) => eighths / 8)),
  ladder: fc.constantFrom('a', 'b'),
  change: fc.option(fc.integer({ min: -32, max: 32 })),
})

/** On the ladder of the last of them. */
function ratingAfter(results: CountedResult[]): number {
  const own = results.filter(({ ladder }) => ladder === results.at(-1)!.ladder)
  return own.reduce((rating, { change }) => rating + (change ?? 0), 1200)
}

test('are what a plain count over all of them says', () => {
  fc.assert(
    fc.property(fc.array(applied), (results) => {
      const of = (result: string) => results.filter((one) => one.result === result).length
      const sum = (numbers: (number | null)[]) => numbers.reduce<number>((total, number) => total + (number ?? 0), 0)
      const streaks = results
        .map(({ result }) => (result === 'WIN' ? 'w' : ' '))
        .join('')
        .split(' ')
        .map((wins) => wins.length)
      expect(countTotals(results)).toEqual({
        matches: results.length,
        wins: of('WIN'),
        losses: of('LOSS'),
        draws: of('DRAW'),
        kills: sum(results.map(({ kills }) => kills)),
        deaths: sum(results.map(({ deaths }) => deaths)),
        assists: sum(results.map(({ assists }) => assists)),
        accuracySum: sum(results.map(({ accuracy }) => accuracy)),
        accuracyCount: results.filter(({ accuracy }) => accuracy !== null).length,
        currentStreak: streaks.at(-1),
        bestStreak: Math.max(...streaks),
        bestRating: Math.max(1200, ...results.map((_, at) => ratingAfter(results.slice(0, at + 1)))),
      })
    }),
  )
})

test('one more match leaves the totals before it as they were', () => {
  const before = countTotals([{ ...plain, result: 'WIN', change: 16 }])
  const copy = { ...before }
  addResult(before, { ...none, result: 'WIN', rating: 1230 })
  expect(before).toEqual(copy)
  expect(noTotals.matches).toBe(0)
})
