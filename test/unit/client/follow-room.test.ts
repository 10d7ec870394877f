import { describe, expect, test } from 'vitest'
import { follow, notJoined, positionOf, wakeAt, type RoomInput } from '../../../src/client/follow-room.ts'
import type { Joined } from '../../../src/contract/live.ts'
import { after, ids, joinedRoom } from './joined-room.ts'
import { createModelRoom } from './model-room.ts'

describe('a join', () => {
  test('begins without a position; a snapshot makes it live', () => {
    expect(notJoined().phase).toBe('lost')
    expect(positionOf(notJoined())).toBeNull()
    const { client } = joinedRoom()
    expect(client).toMatchObject({ phase: 'live', held: { epoch: 1, seq: 1, total: 3, limit: 3, at: null } })
    expect(ids(client)).toEqual(['a', 'b', 'c'])
  })

  test('deltas that arrive before the ack are kept, and treated by the same rule after it', () => {
    const { server, change } = joinedRoom()
    const early = change('b', 31)
    const ack: RoomInput = { type: 'ack', data: server.join(null) }
    const late = change('c', 32)
    const stranger: RoomInput = { type: 'delta', data: { ...late.data, room: 'arena/WEEKLY:2026-W47' } }
    const client = after(notJoined(), { type: 'join' }, early, late, stranger, ack)
    expect(client).toMatchObject({ phase: 'live', kept: [], held: { seq: 3, at: late.data.at } })
    expect(ids(client)).toEqual(['c', 'b', 'a'])
  })

  test('with the position gets the deltas after it, and the total of the ack', () => {
    const { server, client, change } = joinedRoom()
    const lost = after(client, { type: 'lost' })
    expect(positionOf(lost)).toEqual({ epoch: 1, seq: 1 })
    change('b', 31)
    change('d', 33)
    server.submit('e', 1)
    const back = after(lost, { type: 'join' }, { type: 'ack', data: server.join(positionOf(lost)) })
    expect(back).toMatchObject({ phase: 'live', held: { seq: 3, total: 5 } })
    expect(ids(back)).toEqual(['d', 'b', 'a'])
  })

  test('with the position of now changes nothing but the total', () => {
    const { server, client } = joinedRoom()
    server.submit('d', 1)
    const lost = after(client, { type: 'lost' })
    const back = after(lost, { type: 'join' }, { type: 'ack', data: server.join(positionOf(lost)) })
    expect(back).toMatchObject({ phase: 'live', held: { ...client.held, total: 4 } })
  })

  test('may be answered by a snapshot behind the position', () => {
    const { server, client } = joinedRoom()
    const lost = after(client, { type: 'lost' })
    const old: Joined = { ...server.join(null), seq: 0 }
    expect(after(lost, { type: 'join' }, { type: 'ack', data: old }).held?.seq).toBe(0)
  })

  test('an ack that a reset has overtaken does not bring the old epoch back', () => {
    const { server, client, change } = joinedRoom()
    const ack: RoomInput = { type: 'ack', data: server.join(null) }
    const reset: RoomInput = { type: 'reset', data: server.begin() }
    const live = after(client, { type: 'lost' }, { type: 'join' }, reset, ack, change('c', 40))
    expect(live).toMatchObject({ phase: 'live', held: { epoch: 2, seq: 1 } })
    expect(ids(live)).toEqual(['c', 'a', 'b'])
  })

  test('an answer that does not lead where it says is joined again without a position', () => {
    const { server, client, change } = joinedRoom()
    const asked = after(client, { type: 'lost' }, { type: 'join' })
    const current = server.join(positionOf(client))
    change('b', 31)
    const { deltas = [], ...answer } = server.join(positionOf(client))
    const wrong: Joined[] = [
      { ...current, sum: 1 },
      { ...current, seq: 2 },
      { ...answer, deltas: [] },
      { ...answer, deltas: [{ ...deltas[0]!, sum: 1 }] },
      { ...server.join(null), sum: 1 },
    ]
    for (const data of wrong) {
      const result = after(asked, { type: 'ack', data })
      expect(result).toMatchObject({ phase: 'lost', held: client.held })
      expect(positionOf(result)).toBeNull()
    }
  })
})

describe('a delta', () => {
  test('is applied and cut to the limit', () => {
    const { client, change } = joinedRoom()
    const next = after(client, change('d', 31))
    expect(next.held).toMatchObject({ seq: 2, total: 4, at: 't2' })
    expect(ids(next)).toEqual(['d', 'a', 'b'])
  })

  test('of a seq that is held, of an older epoch, or of another room is ignored', () => {
    const { server, client, change } = joinedRoom()
    const first = change('b', 31)
    const live = after(client, first)
    expect(after(live, first).held).toBe(live.held)
    const other: RoomInput = { type: 'delta', data: { ...change('c', 50).data, room: 'arena/WEEKLY:2026-W47' } }
    expect(after(live, other)).toBe(live)
    const reset = after(live, { type: 'reset', data: server.begin() })
    const old: RoomInput = { type: 'delta', data: { ...first.data, seq: 9 } }
    expect(after(reset, old)).toMatchObject({ phase: 'live', held: reset.held })
  })

  test('that skips one, or is of a newer epoch, asks for a join with the position', () => {
    const { client, change } = joinedRoom()
    change('b', 31)
    const skipping = change('c', 32)
    const newer: RoomInput = { type: 'delta', data: { ...skipping.data, epoch: 2, seq: 1 } }
    for (const input of [skipping, newer]) {
      const lost = after(client, input)
      expect(lost).toMatchObject({ phase: 'lost', held: client.held })
      expect(positionOf(lost)).toEqual({ epoch: 1, seq: 1 })
    }
  })

  test('with another sum is not shown, and asks for a join without the position', () => {
    const { client, change } = joinedRoom()
    const delta = change('b', 31)
    const lost = after(client, { type: 'delta', data: { ...delta.data, sum: delta.data.sum ^ 1 } })
    expect(lost).toMatchObject({ phase: 'lost', held: client.held })
    expect(positionOf(lost)).toBeNull()
  })
})

describe('a head', () => {
  test('at the position updates the total only', () => {
    const { server, client } = joinedRoom()
    server.submit('z', 1)
    const told = after(client, { type: 'head', data: server.head() })
    expect(told.held).toEqual({ ...client.held, total: 4 })
  })

  test('behind the position is ignored', () => {
    const { server, client, change } = joinedRoom()
    const old: RoomInput = { type: 'head', data: { ...server.head(), total: 99 } }
    const live = after(client, change('d', 40))
    expect(after(live, old).held).toBe(live.held)
  })

  test('ahead for 1 s asks for a join with the position, unless the delta comes', () => {
    const { server, client, change } = joinedRoom()
    const delta = change('b', 31)
    const ahead = follow(client, { type: 'head', data: server.head() }, 5000)
    expect(ahead.phase).toBe('live')
    expect(wakeAt(ahead)).toBe(6000)
    expect(follow(ahead, { type: 'time' }, 5999)).toBe(ahead)
    // Another head does not put it off.
    expect(wakeAt(follow(ahead, { type: 'head', data: server.head() }, 5900))).toBe(6000)
    const lost = follow(ahead, { type: 'time' }, 6000)
    expect(lost.phase).toBe('lost')
    expect(positionOf(lost)).toEqual({ epoch: 1, seq: 1 })

    const reached = follow(ahead, delta, 5500)
    expect(reached).toMatchObject({ phase: 'live', ahead: null })
    expect(follow(reached, { type: 'time' }, 6000)).toBe(reached)
  })

  test('that does not come for 20 s asks for a join', () => {
    const { client } = joinedRoom()
    expect(follow(client, { type: 'time' }, 19_999).phase).toBe('live')
    expect(follow(client, { type: 'time' }, 20_000).phase).toBe('lost')
  })

  test('behind the position for 3 s, without anything else, asks for a join without the position', () => {
    const { server, client } = joinedRoom()
    const before: RoomInput = { type: 'head', data: server.head() }
    const live = after(client, { type: 'reset', data: server.begin() })
    const behind = follow(live, before, 5000)
    expect(follow(behind, before, 7999)).toMatchObject({ phase: 'live', held: live.held })
    const lost = follow(behind, before, 8000)
    expect(lost).toMatchObject({ phase: 'lost', held: live.held })
    expect(positionOf(lost)).toBeNull()
    const heard = follow(behind, { type: 'head', data: server.head() }, 7000)
    expect(follow(heard, before, 8000).phase).toBe('live')
    // Nor does it count against the silence.
    expect(wakeAt(behind)).toBe(20_000)
  })

  test('of a closed room tells what follows, as the message does', () => {
    const { server, client } = joinedRoom()
    expect(client).toMatchObject({ closed: false, next: null })
    const next = 'WEEKLY:2026-W48'
    const { room } = server.head()
    expect(after(client, { type: 'closed', data: { room, next } })).toMatchObject({ closed: true, next })
    expect(after(client, { type: 'head', data: { ...server.head(), next } })).toMatchObject({ closed: true, next })
    expect(after(client, { type: 'head', data: { ...server.head(), next: null } })).toMatchObject({ closed: true })
  })
})

describe('a reset', () => {
  test('replaces what is held, whatever the client was waiting for', () => {
    const { server, client, change } = joinedRoom()
    change('b', 31)
    const gap = after(client, change('d', 50))
    const reset: RoomInput = { type: 'reset', data: server.begin() }
    for (const state of [client, gap, after(gap, { type: 'join' })]) {
      const live = after(state, reset)
      expect(live).toMatchObject({ phase: 'live', distrusted: false, held: { epoch: 2, seq: 0 } })
      expect(ids(live)).toEqual(['d', 'b', 'a'])
    }
  })

  test('of an older epoch is ignored, one with another sum asks for a join without the position', () => {
    const { server, client } = joinedRoom()
    const first = server.begin()
    const live = after(client, { type: 'reset', data: server.begin() })
    expect(after(live, { type: 'reset', data: first }).held).toBe(live.held)
    expect(positionOf(after(client, { type: 'reset', data: { ...first, sum: 1 } }))).toBeNull()
  })
})

test('the ack of the next period takes its place', () => {
  const { server, client } = joinedRoom()
  const { room } = server.head()
  const closed = after(client, { type: 'closed', data: { room, next: 'WEEKLY:2026-W48' } })
  const later = createModelRoom(3, 'arena/WEEKLY:2026-W48')
  const moved = after(closed, { type: 'join' }, { type: 'ack', data: later.join(null) })
  expect(moved).toMatchObject({ phase: 'live', closed: false, next: null, held: { room: 'arena/WEEKLY:2026-W48' } })
  expect(ids(moved)).toEqual([])
})
