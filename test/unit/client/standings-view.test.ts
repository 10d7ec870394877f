import { expect, test } from 'vitest'
import { follow, notJoined } from '../../../src/client/follow-room.ts'
import { emptyView, nextView } from '../../../src/client/standings-view.ts'
import { createModelRoom } from './model-room.ts'

test('trends come with the list and go on with the ranks; who came later has none', () => {
  const room = createModelRoom(10)
  room.submit('a', 9)
  room.submit('b', 7)
  room.tick()
  const joined = room.join(null)
  const rows = joined.rows!.map((row) => ({ ...row, trend: row.playerId === 'b' ? 3 : null }))
  const live = follow(follow(notJoined(), { type: 'join' }, 0), { type: 'ack', data: { ...joined, rows } }, 0)
  const first = nextView(emptyView('arena', undefined), live, null)
  expect(first.rows.map(({ playerId, rank, trend }) => [playerId, rank, trend])).toEqual([
    ['a', 1, null],
    ['b', 2, 3],
  ])
  room.submit('b', 10)
  room.submit('c', 8)
  const moved = follow(live, { type: 'delta', data: room.tick()! }, 0)
  expect(nextView(first, moved, null).rows.map(({ playerId, rank, trend }) => [playerId, rank, trend])).toEqual([
    ['b', 1, 4],
    ['a', 2, null],
    ['c', 3, null],
  ])
  expect(first).not.toHaveProperty('earlier')
})

test('equal scores share the better rank when the leaderboard says so', () => {
  const room = createModelRoom(10)
  for (const [playerId, score] of [
    ['a', 9],
    ['b', 9],
    ['c', 7],
  ] as const)
    room.submit(playerId, score)
  room.tick()
  const ranks = (rankStyle: 'ordinal' | 'competition') => {
    const state = follow(notJoined(), { type: 'join' }, 0)
    const live = follow(state, { type: 'ack', data: { ...room.join(null), rankStyle } }, 0)
    return nextView(emptyView('arena', undefined), live, null).rows.map(({ rank }) => rank)
  }
  expect(ranks('competition')).toEqual([1, 1, 3])
  expect(ranks('ordinal')).toEqual([1, 2, 3])
})

test('the rows of another room come from nowhere, those of a new total from where they are', () => {
  const joined = (room: ReturnType<typeof createModelRoom>) => {
    room.submit('a', 5)
    room.tick()
    return follow(follow(notJoined(), { type: 'join' }, 0), { type: 'ack', data: room.join(null) }, 0)
  }
  const room = createModelRoom(10)
  const state = joined(room)
  const first = nextView(emptyView('arena', 'GLOBAL'), state, null)
  const head = follow(state, { type: 'head', data: { ...room.head(), total: 7 } }, 0)
  const second = nextView(first, head, null)
  expect(second).toMatchObject({ total: 7, rows: [{ playerId: 'a', movedFrom: 1 }] })
  const other = nextView(second, joined(createModelRoom(10, 'arena/WEEKLY:2026-W48')), null)
  expect(other).toMatchObject({ standings: 'WEEKLY:2026-W48', rows: [{ playerId: 'a', movedFrom: null }] })
})
