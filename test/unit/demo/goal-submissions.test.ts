import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { displayName, externalId, instant, playerId } from '../../../src/contract/values.ts'
import { readGoals, type GoalRow } from '../../../src/demo/goal-file.ts'
import { goalReplay, type GoalReplay } from '../../../src/demo/goal-submissions.ts'

// The expected counts are facts about the data, found with other tools in the source files.
let rows: GoalRow[]
let replay: GoalReplay

beforeAll(async () => {
  rows = await readGoals()
  replay = goalReplay(rows)
})

/** Goals by player id, from the submissions. */
function totals(sessionId?: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const submission of replay.submissions) {
    if (sessionId !== undefined && submission.sessionId !== sessionId) continue
    counts.set(submission.playerId, (counts.get(submission.playerId) ?? 0) + submission.score)
  }
  return counts
}

const best = (counts: Map<string, number>) => [...counts].sort((a, b) => b[1] - a[1])

describe('the goals data', () => {
  test('has every goal once, in order of date', () => {
    expect(rows).toHaveLength(47_914)
    expect(replay.submissions).toHaveLength(46_934)
    expect(replay.ownGoals).toBe(936)
    expect(replay.withoutScorer).toBe(44)
    const dates = rows.map((row) => row.date)
    expect(dates).toEqual(dates.toSorted())
  })

  test('gives ids of the shape that the contract asks for', () => {
    const misfits = (schema: { safeParse(value: unknown): { success: boolean } }, values: Iterable<unknown>) =>
      [...values].filter((value) => !schema.safeParse(value).success)
    expect(misfits(playerId, replay.names.keys())).toEqual([])
    expect(misfits(displayName, replay.names.values())).toEqual([])
    expect(
      misfits(
        externalId,
        replay.submissions.map((submission) => submission.submissionId),
      ),
    ).toEqual([])
    expect(
      misfits(externalId.optional(), new Set(replay.submissions.map((submission) => submission.sessionId))),
    ).toEqual([])
    expect(misfits(instant, new Set(replay.submissions.map((submission) => submission.occurredAt)))).toEqual([])
  })

  test('gives each goal an id of its own, identical rows too, and the same ids again', () => {
    expect(new Set(replay.submissions.map((submission) => submission.submissionId)).size).toBe(46_934)
    // Not toEqual, which takes seconds for so many.
    expect(isDeepStrictEqual(goalReplay(rows), replay)).toBe(true)
  })

  test('keeps people apart, and their names as they are', () => {
    const people = new Set(
      rows.filter((row) => !row.ownGoal && row.scorer !== null).map((row) => `${row.team}\t${row.scorer}`),
    )
    expect(replay.names.size).toBe(people.size)
    expect(replay.names.get('france.kylian-mbappe')).toBe('Kylian Mbappé')
    expect(replay.names.get('colombia.delio-maravilla-gamboa')).toBe('Delio "Maravilla" Gamboa')
    const folded = ['brazil.gerson', 'brazil.gerson.2'].map((id) => replay.names.get(id))
    expect(new Set(folded)).toEqual(new Set(['Gerson', 'Gérson']))
  })

  test('counts to the same top 20 as a plain count by team and name', () => {
    const plain = new Map<string, number>()
    for (const row of rows) {
      if (row.ownGoal || row.scorer === null) continue
      plain.set(`${row.team} ${row.scorer}`, (plain.get(`${row.team} ${row.scorer}`) ?? 0) + 1)
    }
    const counted = best(totals()).slice(0, 20)
    expect(counted.map(([, goals]) => goals)).toEqual(
      best(plain)
        .slice(0, 20)
        .map(([, goals]) => goals),
    )
    expect(counted.slice(0, 3)).toEqual([
      ['portugal.cristiano-ronaldo', 124],
      ['england.harry-kane', 75],
      ['argentina.lionel-messi', 71],
    ])
  })

  test.each([
    ['fifa-world-cup-1958', 'france.just-fontaine', 13],
    ['fifa-world-cup-2022', 'france.kylian-mbappe', 8],
  ])('%s is led by %s', (session, player, goals) => {
    const [first, second] = best(totals(session))
    expect(first).toEqual([player, goals])
    expect(second?.[1]).toBeLessThan(goals)
  })
})

describe('a submission', () => {
  const goal: GoalRow = {
    date: '1958-06-08',
    home: 'France',
    away: 'Paraguay',
    team: 'France',
    scorer: 'Just Fontaine',
    minute: 24,
    worldCup: true,
    ownGoal: false,
  }

  test('happens on the day of the match and joins its World Cup', () => {
    expect(goalReplay([goal]).submissions).toEqual([
      {
        playerId: 'france.just-fontaine',
        score: 1,
        submissionId: expect.stringMatching(/^goal:1958-06-08:/) as string,
        occurredAt: '1958-06-08T12:00:00.000Z',
        sessionId: 'fifa-world-cup-1958',
      },
    ])
    expect(goalReplay([{ ...goal, worldCup: false }]).submissions[0]).not.toHaveProperty('sessionId')
  })

  test('keeps its id when other goals are added around it', () => {
    const id = (goals: GoalRow[], index: number) => goalReplay(goals).submissions[index]?.submissionId
    const other = { ...goal, minute: 30 }
    expect(id([other, goal], 1)).toBe(id([goal], 0))
    expect(id([goal, goal], 0)).toBe(id([goal], 0))
    expect(id([goal, goal], 1)).not.toBe(id([goal], 0))
  })

  test('is not made for own goals and unknown scorers', () => {
    expect(goalReplay([{ ...goal, ownGoal: true }, { ...goal, scorer: null }, goal])).toMatchObject({
      ownGoals: 1,
      withoutScorer: 1,
      submissions: [{ playerId: 'france.just-fontaine' }],
    })
  })
})
