import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, type RankpulseClient, type StandingsView } from '../../../src/client/index.ts'
import { eventually } from '../../helpers/wait.ts'
import { createModelRoom } from './model-room.ts'
import { refusal, serveRooms, startModelServer, type ModelServer } from './model-server.ts'

vi.setConfig({ testTimeout: 40_000 })

type Room = ReturnType<typeof createModelRoom>

let server: ModelServer
let client: RankpulseClient
beforeEach(async () => {
  server = await startModelServer()
  client = createClient(server.url, { reconnectMinMs: 20, reconnectMaxMs: 100 })
})
afterEach(async () => {
  client.close()
  await server.stop()
})

/** Publishes what changed in a room, as a server does. */
function publish(room: Room, damage: object = {}): void {
  const delta = room.tick()
  if (delta) server.io.to(delta.room).emit('standings:delta', { ...delta, ...damage })
}
function join(standings?: string) {
  const views: StandingsView[] = []
  const request = { leaderboard: 'arena', ...(standings === undefined ? {} : { standings }) }
  const joined = client.joinStandings(request, (view) => views.push(view))
  return { ...joined, views }
}
function filled(selector: string): Room {
  const room = createModelRoom(3, `arena/${selector}`)
  for (const [index, playerId] of ['a', 'b', 'c'].entries()) room.submit(playerId, 30 - index)
  room.tick()
  return room
}
const joins = () => server.payloads('standings:join')
const leaves = () => server.payloads('standings:leave')
const showsIds = (ids: string[], { view }: { view(): StandingsView }) =>
  eventually(() => {
    expect(view().state).toBe('live')
    expect(view().rows.map(({ playerId }) => playerId)).toEqual(ids)
  })

describe('joined standings', () => {
  test('show the list, and where everybody came from when it changes', async () => {
    const room = filled('GLOBAL')
    serveRooms(server, [room])
    const joined = join()
    expect(joined.view()).toMatchObject({
      leaderboard: 'arena',
      standings: null,
      room: null,
      state: 'joining',
      rows: [],
    })
    await showsIds(['a', 'b', 'c'], joined)
    const first = joined.view()
    expect(first).toMatchObject({ standings: 'GLOBAL', room: 'arena/GLOBAL', total: 3, limit: 3, epoch: 1, seq: 1 })
    expect(first.rows[0]).toEqual({ rank: 1, playerId: 'a', displayName: 'a', score: 30, movedFrom: null, trend: null })
    room.submit('d', 40)
    room.submit('b', 35)
    publish(room)
    await showsIds(['d', 'b', 'a'], joined)
    expect(joined.view().rows.map(({ rank, movedFrom }) => [rank, movedFrom])).toEqual([
      [1, null],
      [2, 2],
      [3, 1],
    ])
    expect(joined.view()).toMatchObject({ total: 4, seq: 2, at: 't2' })
    // A view that was given is not changed.
    expect(first.rows.map(({ playerId }) => playerId)).toEqual(['a', 'b', 'c'])
    expect(joined.views.map((view) => view.state)).toEqual(['live', 'live'])
  })

  test('resume with their position after a reconnect', async () => {
    const room = filled('GLOBAL')
    serveRooms(server, [room])
    const joined = join('GLOBAL')
    await showsIds(['a', 'b', 'c'], joined)
    server.cut()
    room.submit('c', 50)
    publish(room)
    await showsIds(['c', 'a', 'b'], joined)
    expect(joins()).toEqual([
      { leaderboard: 'arena', standings: 'GLOBAL' },
      { leaderboard: 'arena', standings: 'GLOBAL', epoch: 1, seq: 1 },
    ])
    expect(joined.views.map((view) => view.state)).toEqual(['live', 'resuming', 'live'])
    expect(joined.views[1]?.rows).toHaveLength(3)
  })

  test('join again with the position after a gap, without one after a wrong sum', async () => {
    const room = filled('GLOBAL')
    serveRooms(server, [room])
    const joined = join('GLOBAL')
    await showsIds(['a', 'b', 'c'], joined)
    room.submit('b', 50)
    room.tick()
    room.submit('c', 60)
    publish(room)
    await showsIds(['c', 'b', 'a'], joined)
    room.submit('a', 70)
    publish(room, { sum: 1 })
    await showsIds(['a', 'c', 'b'], joined)
    expect(joins().slice(1)).toEqual([
      { leaderboard: 'arena', standings: 'GLOBAL', epoch: 1, seq: 1 },
      { leaderboard: 'arena', standings: 'GLOBAL' },
    ])
  })

  test('notice by a head that the last delta was lost', async () => {
    const room = filled('GLOBAL')
    serveRooms(server, [room])
    const joined = join('GLOBAL')
    await showsIds(['a', 'b', 'c'], joined)
    room.submit('b', 50)
    room.tick()
    server.io.to('arena/GLOBAL').emit('standings:head', room.head())
    await showsIds(['b', 'a', 'c'], joined)
    expect(joins()).toHaveLength(2)
  })

  test('try again while the server cannot, and say when it refuses', async () => {
    const answers = [refusal('UNAVAILABLE', { retryAfterMs: 10 }), refusal('NOT_FOUND')]
    server.on('standings:join', () => answers.shift() ?? filled('GLOBAL').join(null))
    const joined = join('GLOBAL')
    await eventually(() => expect(joined.view()).toMatchObject({ state: 'refused', error: { code: 'NOT_FOUND' } }))
    expect(joins()).toHaveLength(2)
    // The next connection is another chance.
    server.cut()
    await showsIds(['a', 'b', 'c'], joined)
    expect(joined.view().error).toBeNull()
  })

  test('are left once nobody follows them', async () => {
    const room = filled('GLOBAL')
    serveRooms(server, [room])
    const one = join('GLOBAL')
    await showsIds(['a', 'b', 'c'], one)
    // Joins the same room while the first one leaves.
    const two = join()
    one.leave()
    one.leave()
    await showsIds(['a', 'b', 'c'], two)
    room.submit('c', 50)
    publish(room)
    await showsIds(['c', 'a', 'b'], two)
    expect(one.view().rows.map(({ playerId }) => playerId)).toEqual(['a', 'b', 'c'])
    expect(leaves()).toEqual([])
    two.leave()
    await eventually(() => expect(leaves()).toEqual([{ room: 'arena/GLOBAL' }]))
    const early = join('GLOBAL')
    early.leave()
    await eventually(() => expect(leaves()).toHaveLength(2))
    expect(early.views).toEqual([])
  })

  test('go on when a listener throws', async () => {
    const room = filled('GLOBAL')
    serveRooms(server, [room])
    const thrown: unknown[] = []
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => thrown.push(error))
    const joined = client.joinStandings({ leaderboard: 'arena' }, () => {
      throw new Error('listener')
    })
    await showsIds(['a', 'b', 'c'], joined)
    room.submit('c', 50)
    publish(room)
    await showsIds(['c', 'a', 'b'], joined)
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
    expect(thrown).toHaveLength(2)
  })
})

describe('at the end of a period', () => {
  const [old, next] = ['WEEKLY:2026-W47', 'WEEKLY:2026-W48']
  const close = (room: Room) =>
    server.io.to(room.head().room).emit('standings:closed', { room: room.head().room, next })

  test('standings without a key go on to the next one, and leave the last', async () => {
    const rooms = [filled(old)]
    serveRooms(server, rooms)
    const joined = join('WEEKLY')
    await showsIds(['a', 'b', 'c'], joined)
    rooms.push(createModelRoom(3, `arena/${next}`))
    close(rooms[0]!)
    await showsIds([], joined)
    expect(joined.view()).toMatchObject({ standings: next, room: `arena/${next}`, next: null })
    expect(joined.views.map(({ state, next: follows }) => [state, follows])).toEqual([
      ['live', null],
      ['closed', next],
      ['live', null],
    ])
    expect(joins()[1]).toEqual({ leaderboard: 'arena', standings: 'WEEKLY' })
    await eventually(() => expect(leaves()).toEqual([{ room: `arena/${old}` }]))
    // From now on it is the new room that is resumed.
    server.cut()
    await eventually(() => expect(joins()[2]).toMatchObject({ standings: next, epoch: 1, seq: 0 }))
  })

  test('heads of a closed room tell it to those who were away; who is early tries again', async () => {
    const rooms = [filled(old)]
    serveRooms(server, rooms)
    const joined = join('WEEKLY')
    await showsIds(['a', 'b', 'c'], joined)
    server.io.to(`arena/${old}`).emit('standings:head', { ...rooms[0]!.head(), next })
    // This server's clock is behind: the current room is still the old one.
    await eventually(() => expect(joins().length).toBeGreaterThan(1))
    expect(joined.view()).toMatchObject({ state: 'closed', next })
    expect(joined.view().rows).toHaveLength(3)
    rooms.push(createModelRoom(3, `arena/${next}`))
    await showsIds([], joined)
    expect(joined.view().standings).toBe(next)
  })

  test('standings with a key stay, closed, and show late scores', async () => {
    const rooms = [filled(old)]
    serveRooms(server, rooms)
    const joined = join(old)
    await showsIds(['a', 'b', 'c'], joined)
    rooms.push(createModelRoom(3, `arena/${next}`))
    close(rooms[0]!)
    await eventually(() => expect(joined.view()).toMatchObject({ state: 'closed', next }))
    rooms[0]!.submit('c', 50)
    publish(rooms[0]!)
    await eventually(() => expect(joined.view().rows[0]?.playerId).toBe('c'))
    await sleep(2100)
    expect(joined.view()).toMatchObject({ state: 'closed', standings: old })
    expect(joins()).toHaveLength(1)
  })
})
