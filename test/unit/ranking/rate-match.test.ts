import { describe, expect, test } from 'vitest'
import {
  rateMatch,
  takeBack,
  type MatchFacts,
  type RatedPlayer,
  type RatedTarget,
} from '../../../src/ranking/rate-match.ts'

const facts: MatchFacts = { type: 'RANKED', occurredAt: 1000, graceMs: 100, now: 1000 }
const target = (type: RatedTarget['type'], standingsId: number, score: number | null): RatedTarget => ({
  type,
  standingsId,
  entry: score === null ? null : { score, version: 5, tie: 4, hidden: false },
  endsAt: type === 'GLOBAL' || type === 'REGIONAL' ? null : 2000,
  sealed: false,
})
const player = (placement: number, ...targets: RatedTarget[]): RatedPlayer => ({ placement, targets, hidden: false })

describe('a verified match', () => {
  test('reads GLOBAL and writes the rating after it everywhere', () => {
    const [first, second] = rateMatch(facts, [
      player(1, target('GLOBAL', 1, 1200), target('WEEKLY', 2, 1150), target('REGIONAL', 3, null)),
      player(2, target('GLOBAL', 1, 1400)),
    ])
    expect(first).toMatchObject({ before: 1200, change: 24 })
    expect(first!.entries.map((one) => [one.standingsId, one.previous, one.score, one.kept])).toEqual([
      [1, 1200, 1224, null],
      [2, 1150, 1224, null],
      [3, null, 1224, null],
    ])
    expect(second).toMatchObject({ before: 1400, change: -24 })
  })

  test('a first rating applies although it is 1200 still, a later draw of equals changes nothing', () => {
    const entryOf = (score: number | null) =>
      rateMatch(facts, [player(1, target('GLOBAL', 1, score)), player(1, target('GLOBAL', 1, score))])[0]!.entries[0]
    expect(entryOf(null)).toMatchObject({ previous: null, score: 1200, kept: null })
    expect(entryOf(1200)).toMatchObject({ previous: 1200, score: 1200, kept: 'UNCHANGED' })
  })

  test('closed windows take nothing: ended, beyond the grace, sealed', () => {
    const week = target('WEEKLY', 2, 1150)
    const kept = (of: RatedTarget, when: Partial<MatchFacts>) =>
      rateMatch({ ...facts, ...when }, [player(1, of), player(2)])[0]!.entries[0]!.kept
    expect(kept(week, { occurredAt: 1999, now: 2099 })).toBeNull()
    expect(kept(week, { occurredAt: 2000, now: 2000 })).toBe('WINDOW_CLOSED')
    expect(kept(week, { now: 2100 })).toBe('WINDOW_CLOSED')
    expect(kept({ ...week, sealed: true }, {})).toBe('WINDOW_CLOSED')
  })

  test('a casual one changes no rating, an erased participant plays as 1200', () => {
    expect(rateMatch({ ...facts, type: 'CASUAL' }, [player(1), player(2)])).toEqual([
      { before: null, change: null, entries: [] },
      { before: null, change: null, entries: [] },
    ])
    expect(rateMatch(facts, [player(1), player(2, target('GLOBAL', 1, 1200))])[1]).toMatchObject({ change: -16 })
  })
})

describe('a match that is taken back', () => {
  const taken = (of: RatedPlayer, change: number, others: number[], when: Partial<MatchFacts> = {}) =>
    takeBack({ ...facts, ...when }, of, change, new Set(others)).map((one) => [one.standingsId, one.score])

  test('subtracts its change from what is there now, and REGIONAL stays what GLOBAL is', () => {
    const now = player(1, target('GLOBAL', 1, 1230), target('WEEKLY', 2, 1300), target('REGIONAL', 3, 1230))
    expect(taken(now, 16, [1, 2])).toEqual([
      [1, 1214],
      [2, 1284],
      [3, 1214],
    ])
  })

  test('leaves what is closed, what is gone, and everything when nothing was changed', () => {
    const now = player(1, target('GLOBAL', 1, null), target('WEEKLY', 2, 1300))
    expect(taken(now, 16, [1, 2], { now: 2100 })).toEqual([])
    expect(taken(now, 16, [1, 2])).toEqual([[2, 1284]])
    expect(taken(now, 0, [1, 2])).toEqual([])
  })

  test('takes out what no other match is in, also when it changed nothing; REGIONAL goes with GLOBAL', () => {
    const now = player(1, target('GLOBAL', 1, 1216), target('WEEKLY', 2, 1216), target('REGIONAL', 3, 1216))
    expect(taken(now, 16, [1, 9])).toEqual([
      [1, 1200],
      [2, null],
      [3, 1200],
    ])
    const gone = [
      [1, null],
      [2, null],
      [3, null],
    ]
    expect(taken(now, 16, [])).toEqual(gone)
    expect(taken(now, 0, [])).toEqual(gone)
    expect(taken(now, 16, [], { now: 2100 })).toEqual([gone[0], gone[2]])
    expect(takeBack(facts, { ...now, hidden: true }, 16, new Set())[0]).toMatchObject({ hidden: true, previous: 1216 })
  })
})
