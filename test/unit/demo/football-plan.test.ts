import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { displayName, externalId, instant, playerId } from '../../../src/contract/values.ts'
import { readMatches, type MatchRow } from '../../../src/demo/football-file.ts'
import { footballPlan, type FootballPlan } from '../../../src/demo/football-plan.ts'

// The expected counts are facts about the data, found with other tools in the source files.
let rows: MatchRow[]
let plan: FootballPlan

beforeAll(async () => {
  rows = await readMatches()
  plan = footballPlan(rows)
})

describe('the football data', () => {
  test('have every match once, in order of date', () => {
    expect(rows).toHaveLength(49_520)
    expect(plan.matches).toHaveLength(49_520)
    expect(plan.withoutScore).toBe(0)
    const dates = rows.map(({ date }) => date)
    expect(dates).toEqual(dates.toSorted())
    expect([dates[0], dates.at(-1)]).toEqual(['1872-11-30', '2026-07-19'])
    expect(plan.matches.filter(({ homePlacement, awayPlacement }) => homePlacement === awayPlacement)).toHaveLength(
      rows.filter(({ homeScore, awayScore }) => homeScore === awayScore).length,
    )
  })

  test('give ids of the shape that the contract asks for, each its own', () => {
    const misfits = (schema: { safeParse(value: unknown): { success: boolean } }, values: Iterable<unknown>) =>
      [...values].filter((value) => !schema.safeParse(value).success)
    const ids = plan.matches.map(({ id }) => id)
    expect(new Set(ids).size).toBe(49_520)
    expect(misfits(externalId, ids)).toEqual([])
    expect(misfits(playerId, plan.names.keys())).toEqual([])
    expect(misfits(displayName, plan.names.values())).toEqual([])
    expect(misfits(instant, new Set(plan.matches.map(({ completedAt }) => completedAt)))).toEqual([])
    // Not toEqual, which takes seconds for so many.
    expect(isDeepStrictEqual(footballPlan(rows), plan)).toBe(true)
  })

  test('have 337 teams under their present names', () => {
    expect(plan.names.size).toBe(337)
    expect(plan.names.get('curacao')).toBe('Curaçao')
    expect(plan.names.get('sao-tome-and-principe')).toBe('São Tomé and Príncipe')
    const former = ['Zaïre', 'Soviet Union', 'Gold Coast', 'Netherlands Antilles', 'Swaziland']
    expect([...plan.names.values()].filter((name) => former.includes(name))).toEqual([])
  })

  test('only one fixture stands twice on a day', () => {
    expect(plan.matches.filter(({ id }) => /\.\d$/.test(id)).map(({ id }) => id)).toEqual([
      'football:1974-02-17:tahiti:new-caledonia.2',
    ])
  })

  test('stay on their day, and a team never completes two matches at once, nor an earlier one later', () => {
    const last = new Map<string, string>()
    const wrong = plan.matches.filter(({ date, home, away, completedAt }) => {
      const late = [home, away].some((team) => (last.get(team) ?? '') >= completedAt)
      last.set(home, completedAt).set(away, completedAt)
      return late || !completedAt.startsWith(`${date}T`)
    })
    expect(wrong).toEqual([])
  })
})

describe('a match', () => {
  const row: MatchRow = { date: '1872-11-30', home: 'Scotland', away: 'England', homeScore: 0, awayScore: 0 }

  test.each([
    [0, 0, 1, 1],
    [2, 1, 1, 2],
    [0, 3, 2, 1],
  ])('of %i : %i has the places %i and %i', (homeScore, awayScore, homePlacement, awayPlacement) => {
    expect(footballPlan([{ ...row, homeScore, awayScore }]).matches).toEqual([
      {
        id: 'football:1872-11-30:scotland:england',
        date: '1872-11-30',
        home: 'scotland',
        away: 'england',
        homePlacement,
        awayPlacement,
        homeScore,
        awayScore,
        completedAt: '1872-11-30T12:00:00.000Z',
      },
    ])
  })

  test('without a score is left out and counted', () => {
    expect(footballPlan([{ ...row, homeScore: null, awayScore: null }])).toEqual({
      matches: [],
      names: new Map(),
      withoutScore: 1,
    })
  })

  test('of the same day is an hour after the ones before of both teams', () => {
    const wales = { ...row, away: 'Wales' }
    const france = { ...row, home: 'France', away: 'Belgium' }
    const tomorrow = { ...row, date: '1872-12-01' }
    const times = footballPlan([row, wales, france, { ...row, home: 'Wales', away: 'France' }, row, tomorrow]).matches
    expect(times.map(({ completedAt }) => completedAt.slice(8, 13))).toEqual([
      '30T12',
      '30T13',
      '30T12',
      '30T14',
      '30T14',
      '01T12',
    ])
  })
})
