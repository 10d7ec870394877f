import { describe, expect, test } from 'vitest'
import { seasonAfter, seasonAt } from '../../../src/ranking/season.ts'

const spring = { slug: 'spring', startsAt: 100, endsAt: 200 }
const summer = { slug: 'summer', startsAt: 200, endsAt: 300 }
const winter = { slug: 'winter', startsAt: 400, endsAt: 500 }
const seasons = [spring, summer, winter]

test.each([
  [99, null],
  [100, spring],
  [199, spring],
  [200, summer], // a boundary instant belongs to the new one
  [299, summer],
  [300, null],
  [399, null],
  [400, winter],
  [500, null],
])('at %i it is %j', (instant, season) => expect(seasonAt(seasons, instant)).toBe(season))

describe('the season that follows', () => {
  test.each([
    [spring, summer],
    [summer, winter],
    [winter, null],
  ])('%j: %j', (season, next) => expect(seasonAfter(seasons, season)).toBe(next))
  test('also after a season that was closed early', () =>
    expect(seasonAfter(seasons, { ...spring, endsAt: 120 })).toBe(summer))
})
