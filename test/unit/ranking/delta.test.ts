import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { LiveRow } from '../../../src/ranking/delta.ts'
import { applyDelta, diffRows, setTuples } from '../../../src/ranking/delta.ts'

// Only stops a hang, on a machine with other work to do.
vi.setConfig({ testTimeout: 60_000 })

function row(playerId: string, score: number, displayName = playerId, region: string | null = null): LiveRow {
  return { playerId, score, displayName, region }
}

/** Any list, few ids and values, so that rows meet their former selves; sorted or not makes no difference. */
function lists(ids: number, maxLength: number) {
  const rows = fc.record({
    playerId: fc.nat(ids - 1).map((n) => `p${n}`),
    score: fc.integer({ min: -2, max: 2 }),
    displayName: fc.constantFrom('a', 'b'),
    region: fc.constantFrom(null, 'EU'),
  })
  return fc.uniqueArray(rows, { selector: ({ playerId }) => playerId, maxLength })
}

/** Two lists of at most `limit` rows, of which the second is often full. */
function pairs(ids: number, limit: number) {
  return fc.tuple(lists(ids, limit), lists(ids, limit), fc.boolean()).map(([before, after, full]) => ({
    before: full ? before.slice(0, after.length) : before,
    after,
    limit: full ? after.length : limit,
  }))
}

/** `applyDelta` as the protocol words it. */
function applyByTheLetter(rows: LiveRow[], del: string[], set: { index: number; row: LiveRow }[], limit: number) {
  const result = rows.filter(
    ({ playerId }) => !del.includes(playerId) && !set.some((one) => one.row.playerId === playerId),
  )
  for (const one of set) result.splice(one.index, 0, one.row)
  return result.slice(0, limit)
}

/** How many rows of `after` at most can be left out of `set`, by trying every subset of those that did not change. */
function mostKept(before: LiveRow[], after: LiveRow[]): number {
  const positions = after.flatMap((one) => {
    const at = before.findIndex((other) => JSON.stringify(other) === JSON.stringify(one))
    return at < 0 ? [] : [at]
  })
  let most = 0
  for (let subset = 0; subset < 2 ** positions.length; subset++) {
    const chosen = positions.filter((_, bit) => (subset >> bit) & 1)
    if (chosen.every((at, index) => index === 0 || at > chosen[index - 1]!)) most = Math.max(most, chosen.length)
  }
  return most
}

describe('diffRows', () => {
  const players = Array.from({ length: 100 }, (_, index) => row(`p${index + 1}`, 1000 - index))

  test('one player jumping from 90 to 5 is one set entry', () => {
    const jumped = { ...players[89]!, score: 996 }
    const after = [...players.slice(0, 4), jumped, ...players.slice(4, 89), ...players.slice(90)]
    expect(diffRows(players, after, 100)).toEqual({ del: [], set: [{ index: 4, row: jumped, withProfile: false }] })
  })

  test('one player entering a full list is one set entry, the last one is cut', () => {
    const newcomer = row('new', 996)
    const after = [...players.slice(0, 4), newcomer, ...players.slice(4, 99)]
    expect(diffRows(players, after, 100)).toEqual({ del: [], set: [{ index: 4, row: newcomer, withProfile: true }] })
  })

  test('one player leaving a full list is one del, and the one that follows is set', () => {
    const next = row('p101', 900)
    const after = [...players.slice(1), next]
    const set = [{ index: 99, row: next, withProfile: true }]
    expect(diffRows(players, after, 100)).toEqual({ del: ['p1'], set })
  })

  test('the last of a list that is no longer full is in del', () => {
    expect(diffRows(players, players.slice(0, 99), 100)).toEqual({ del: ['p100'], set: [] })
  })

  test('a score that changes in place, and a new name or region, are set', () => {
    const before = [row('a', 9), row('b', 8), row('c', 7)]
    const after = [row('a', 10), row('b', 8, 'Bea'), row('c', 7, 'c', 'EU')]
    expect(diffRows(before, after, 100).set).toEqual([
      { index: 0, row: after[0], withProfile: false },
      { index: 1, row: after[1], withProfile: true },
      { index: 2, row: after[2], withProfile: true },
    ])
  })

  test('equal lists have an empty delta', () => {
    expect(diffRows(players, players, 100)).toEqual({ del: [], set: [] })
  })

  test('the delta of any two lists leads from the first to the second, by the letter of the protocol', () => {
    fc.assert(
      fc.property(pairs(16, 8), ({ before, after, limit }) => {
        const { del, set } = diffRows(before, after, limit)
        expect(applyByTheLetter(before, del, set, limit)).toEqual(after)
        for (const { row: changed, withProfile } of set) {
          const old = before.find(({ playerId }) => playerId === changed.playerId)
          const same = old?.displayName === changed.displayName && old.region === changed.region
          expect(withProfile).toBe(!same)
        }
      }),
      { numRuns: 5000 },
    )
  })

  test('no delta sets fewer rows, and every id in del is needed', () => {
    fc.assert(
      fc.property(pairs(9, 7), ({ before, after, limit }) => {
        const { del, set } = diffRows(before, after, limit)
        expect(set).toHaveLength(after.length - mostKept(before, after))
        for (const id of del) {
          const without = del.filter((other) => other !== id)
          expect(applyByTheLetter(before, without, set, limit)).not.toEqual(after)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('applyDelta', () => {
  test('does the same with what travels', () => {
    fc.assert(
      fc.property(pairs(16, 8), fc.constantFrom(0, 2), ({ before, after, limit }, decimals) => {
        const shown = (rows: LiveRow[]) => rows.map((one) => ({ ...one, score: one.score / 10 ** decimals }))
        const { del, set } = diffRows(before, after, limit)
        const sent = JSON.parse(JSON.stringify({ del, set: setTuples(set, decimals) }))
        const held = Object.freeze(shown(before).map((one) => Object.freeze(one)))
        expect(applyDelta(held, sent, limit)).toEqual(shown(after))
      }),
      { numRuns: 3000 },
    )
  })

  test('what is set is inserted in ascending index, wherever it stands in the message', () => {
    const delta = { del: ['a'], set: setTuples([entry(2, 'y'), entry(0, 'x')], 0) }
    expect(applyDelta([row('a', 3), row('b', 2), row('c', 1)], delta, 3).map(({ playerId }) => playerId)).toEqual([
      'x',
      'b',
      'y',
    ])
  })

  test('a row set without a profile keeps the held one; if none is held, the id is its name', () => {
    const delta = { del: [], set: [[0, 'b', 9] as [number, string, number], [1, 'new', 8] as [number, string, number]] }
    expect(applyDelta([row('a', 3), row('b', 2, 'Bea', 'EU')], delta, 100)).toEqual([
      row('b', 9, 'Bea', 'EU'),
      row('new', 8),
      row('a', 3),
    ])
  })

  test('an index past the end appends', () => {
    const delta = { del: ['gone'], set: setTuples([entry(7, 'z')], 0) }
    expect(applyDelta([row('a', 3)], delta, 100)).toEqual([row('a', 3), row('z', 1)])
  })

  function entry(index: number, playerId: string) {
    return { index, row: row(playerId, 1), withProfile: true }
  }
})
