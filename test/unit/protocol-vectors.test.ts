import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { follow, notJoined, positionOf, type FollowState } from '../../src/client/follow-room.ts'
import type { Delta, Joined } from '../../src/contract/live.ts'
import { sumOf } from '../../src/ranking/list-sum.ts'
import { assignRanks } from '../../src/ranking/order.ts'
import { sumOf as plainSumOf } from '../helpers/follower.ts'

// The vectors were computed by a program of their own, in Python, from the text of docs/protocol.md.

interface Row {
  playerId: string
  score: number
  displayName: string
  region?: string
}
interface Held {
  epoch: number
  seq: number
  total: number
  rows: Row[]
}
interface Vectors {
  sums: { name: string; decimals: number; rows: Row[]; lines: string[]; sum: number }[]
  deltas: {
    name: string
    held: Held & { decimals: number; limit: number }
    delta: Delta
    do: 'apply' | 'ignore' | 'join with position' | 'join without position'
    after: Held
    sum: number
  }[]
  ranks: { name: string; scores: number[]; ordinal: number[]; competition: number[] }[]
}

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const page = read('protocol.md')
const { sums, deltas, ranks } = JSON.parse(read('protocol-vectors.json')) as Vectors

test.each(sums)('sum: $name', ({ decimals, rows, lines, sum }) => {
  expect(sumOf(rows, decimals)).toBe(sum)
  expect(plainSumOf(rows, decimals)).toBe(sum)
  expect(rows.map(({ playerId, score }) => `${playerId}:${BigInt(Math.round(score * 10 ** decimals))}\n`)).toEqual(
    lines,
  )
})

test.each(deltas)('delta: $name', ({ held, delta, do: what, after, sum }) => {
  const before = holding(held)
  const next = follow(before, { type: 'delta', data: delta }, 1)
  const { epoch, seq, total, rows } = next.held!
  expect({ epoch, seq, total, rows: rows.map(shown) }).toEqual(after)
  expect(sumOf(rows, held.decimals)).toBe(sum)
  expect(next.phase).toBe(what.startsWith('join') ? 'lost' : 'live')
  expect(positionOf(next)).toEqual(what === 'join without position' ? null : { epoch, seq })
  expect(next.held === before.held).toBe(what !== 'apply')
})

test.each(ranks)('ranks: $name', ({ scores, ordinal, competition }) => {
  expect(assignRanks('ordinal', scores, 0, 1)).toEqual(ordinal)
  expect(assignRanks('competition', scores, 0, 1)).toEqual(competition)
})

test('the worked example of the page is that of the vectors', () => {
  const example = deltas.filter(({ name }) => name.startsWith('worked example, '))
  expect(example).toHaveLength(3)
  const compact = page.replaceAll(/\n */g, '')
  const parts = example.flatMap(({ delta: { seq, total, del, set, sum } }) =>
    [{ seq }, { total, del, set, sum }].map((part) => JSON.stringify(part).slice(1, -1)),
  )
  expect(parts.filter((part) => !compact.includes(part))).toEqual([])
})

/** A client that joined with these rows. */
function holding({ rows, decimals, ...rest }: Vectors['deltas'][number]['held']): FollowState {
  const ranked = rows.map((row, index) => ({ rank: index + 1, ...row }))
  const described = {
    room: 'arena/GLOBAL',
    mode: 'snapshot',
    order: 'desc',
    rankStyle: 'ordinal',
    period: null,
  } as const
  const data: Joined = { ...described, ...rest, decimals, sum: sumOf(rows, decimals), rows: ranked }
  return follow(follow(notJoined(), { type: 'join' }, 0), { type: 'ack', data }, 0)
}

function shown({ playerId, score, displayName, region }: Omit<Row, 'region'> & { region: string | null }): Row {
  return { playerId, score, displayName, ...(region === null ? {} : { region }) }
}
