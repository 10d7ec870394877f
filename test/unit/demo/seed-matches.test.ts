import { describe, expect, test } from 'vitest'
import { profileBody } from '../../../src/contract/player.ts'
import { externalId, playerId } from '../../../src/contract/values.ts'
import { mulberry32 } from '../../../src/demo/mulberry32.ts'
import { seedMatches } from '../../../src/demo/seed-matches.ts'
import { seedPlayers, skillBands } from '../../../src/demo/seed-players.ts'
import { arePlacements } from '../../../src/ranking/match.ts'

const matches = seedMatches(1, seedPlayers)
const results = matches.flatMap((match) => match.results)
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

describe('players', () => {
  test('are 20, five in each band, of 10 countries and several regions', () => {
    expect(new Set(seedPlayers.map((player) => player.playerId)).size).toBe(20)
    expect(new Set(seedPlayers.map((player) => player.displayName)).size).toBe(20)
    expect(new Set(seedPlayers.map((player) => player.country)).size).toBe(10)
    expect(new Set(seedPlayers.map((player) => player.region)).size).toBeGreaterThan(3)
    expect(skillBands.map((band) => seedPlayers.filter((player) => player.band === band).length)).toEqual([5, 5, 5, 5])
  })

  test('have ids and profiles that the server takes, and a country has one region', () => {
    for (const { playerId: id, band: _band, ...profile } of seedPlayers) {
      expect(playerId.parse(id)).toBe(id)
      expect(profileBody.parse(profile)).toEqual(profile)
    }
    expect(new Set(seedPlayers.map(({ country, region }) => country + region)).size).toBe(10)
  })
})

describe('matches', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(seedMatches(1, seedPlayers)).toEqual(matches)
    const other = seedMatches(2, seedPlayers)
    expect(other.map(({ playerIds }) => playerIds)).not.toEqual(matches.map(({ playerIds }) => playerIds))
    expect(new Set([...matches, ...other].map(({ id }) => externalId.parse(id))).size).toBe(60)
  })

  test.each([1, 2, 3, 4, 99])('of seed %i are 30 of 8 to 10 players, with each in about as many', (seed) => {
    const played = seedMatches(seed, seedPlayers)
    expect(played).toHaveLength(30)
    for (const { playerIds, results: of } of played) {
      expect([8, 9, 10]).toContain(playerIds.length)
      expect(new Set(playerIds).size).toBe(playerIds.length)
      expect(of.map((result) => result.playerId)).toEqual(playerIds)
      expect(arePlacements(of.map(({ placement }) => placement))).toBe(true)
    }
    const counts = seedPlayers.map(
      ({ playerId: id }) => played.filter(({ playerIds }) => playerIds.includes(id)).length,
    )
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2)
    expect(Math.min(...counts)).toBeGreaterThan(10)
  })

  test('have a death for each kill, fewer assists, and a place by score', () => {
    for (const { results: of } of matches) {
      const kills = sum(of.map((result) => result.kills))
      expect(sum(of.map((result) => result.deaths))).toBe(kills)
      expect(sum(of.map((result) => result.assists))).toBeLessThan(kills)
      const byPlacement = of.toSorted((a, b) => a.placement - b.placement).map(({ score }) => score)
      expect(byPlacement).toEqual(byPlacement.toSorted((a, b) => b - a))
    }
  })

  test('show the skill: a better band kills more, dies less and hits more', () => {
    const mean = (band: string, field: 'kills' | 'deaths' | 'accuracy') => {
      const of = results.filter(({ playerId: id }) =>
        seedPlayers.some((player) => player.playerId === id && player.band === band),
      )
      return sum(of.map((result) => result[field])) / of.length
    }
    for (const [field, direction] of [
      ['kills', 1],
      ['deaths', -1],
      ['accuracy', 1],
    ] as const) {
      const means = skillBands.map((band) => mean(band, field))
      expect(means).toEqual(means.toSorted((a, b) => direction * (a - b)))
    }
    expect(results.filter(({ accuracy }) => accuracy < 0 || accuracy > 100)).toEqual([])
  })

  test('have some 250 to 300 results', () => {
    expect(results.length).toBeGreaterThanOrEqual(250)
    expect(results.length).toBeLessThanOrEqual(300)
  })
})

test('the generator gives the numbers of its source', () => {
  const random = mulberry32(1)
  expect([random(), random(), random()]).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522])
})
