import { expect, test } from 'vitest'
import { follow, notJoined } from '../../../src/client/follow-room.ts'
import { emptyView, nextView } from '../../../src/client/standings-view.ts'
import { createModelRoom } from './model-room.ts'

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
