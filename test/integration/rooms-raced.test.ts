import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ResolvedStandings } from '../../src/actions/resolve-standings.ts'
import { AppError } from '../../src/errors.ts'
import type { LiveClient } from '../../src/live/broadcast.ts'
import { createRooms, type Rooms } from '../../src/live/rooms.ts'
import { createWatches } from '../../src/live/watches.ts'
import { createLog } from '../../src/log.ts'
import { createLiveStore } from '../../src/redis/live-store.ts'
import { gated } from '../helpers/gate.ts'
import { makeLeaderboard } from '../helpers/leaderboards.ts'
import { startRankedLists, type RankedLists } from '../helpers/ranked-lists.ts'
import { eventually } from '../helpers/wait.ts'

// Rooms over a real Redis, of which one answer is held while something else happens.

const log = createLog({ level: 'fatal', pretty: false })
let lists: RankedLists
const started: Rooms[] = []
beforeAll(async () => void (lists = await startRankedLists()))
afterEach(async () => void (await Promise.all(started.splice(0).map((rooms) => rooms.stop()))))
afterAll(() => lists.stop())

let boards = 0
const profile = (playerId: string) => ({ playerId, displayName: playerId, region: null })

async function open(tickMs = 5000) {
  const id = `rooms-${++boards}`
  const of = await lists.open(makeLeaderboard({ no: 2000 + boards, id, types: ['GLOBAL'], tickMs }))
  const span = { startsAt: null, endsAt: null, nextSeason: null }
  const named: ResolvedStandings = { board: of.board, row: of.standings, selector: 'GLOBAL', type: 'GLOBAL', ...span }
  const state = { named, away: false }
  const store = gated(createLiveStore(lists.redis))
  const members = new Set<string>()
  const told: { event: string; payload: unknown }[] = []
  const client: LiveClient = {
    connected: () => true,
    rooms: () => members,
    enter: (room) => void members.add(room),
    leave: (room) => void members.delete(room),
    send: () => {},
  }
  const rooms = createRooms({
    resolve: () =>
      state.away ? Promise.reject(new AppError('UNAVAILABLE', 'Postgres is away')) : Promise.resolve(state.named),
    resolveUnseen: () => Promise.resolve({ ...state.named, row: null }),
    index: lists.index,
    players: { profiles: (ids) => new Map(ids.map((one) => [one, { ...profile(one), ...rest }])) },
    trends: { of: () => new Map() },
    store: store.store,
    broadcast: { toRoom: (_, event, payload) => void told.push({ event, payload }), toLocal: () => {} },
    members: (room) => (members.has(room) ? 1 : 0),
    now: Date.now,
    log,
  })
  started.push(rooms)
  const where = { leaderboard: id, standings: 'GLOBAL' }
  /** Deletes the leaderboard and makes it again under its id, with one player. */
  const makeAgain = async () => {
    const again = await lists.open({ ...state.named.board, no: 2000 + ++boards })
    const row = { ...again, playerId: 'new', score: 7, version: 1, tie: 1, hidden: false }
    await lists.writer.write([{ list: again, rows: [row] }], false)
    state.named = { ...named, board: again.board, row: again.standings }
  }
  const join = () => rooms.join(client, where, {})
  return { state, store, client, members, told, rooms, room: `${id}/GLOBAL`, join, makeAgain }
}
const rest = { country: null, avatarUrl: null, metadata: null }

test('nobody publishes behind a stop that comes while a join asks who does', async () => {
  const { store, rooms, join, state } = await open()
  const held = store.hold('heads')
  const joining = join().catch((error: AppError) => error.code)
  await held.reached
  await rooms.stop()
  held.release()
  expect(await joining).toBe('UNAVAILABLE')
  const [head] = await store.store.heads([{ leaderboardNo: state.named.board.no, selector: 'GLOBAL' }])
  expect(head).toEqual({ leased: false, head: null })
})

test('who leaves a room while a join is on its way is outside', async () => {
  const { store, rooms, client, members, room, join } = await open()
  const held = store.hold('heads')
  const joining = join()
  await held.reached
  rooms.leave(client, room)
  held.release()
  expect(await joining).toMatchObject({ room, mode: 'snapshot' })
  expect([...members]).toEqual([])
})

test('a join that fails leaves its client in the room that another join led into', async () => {
  const { store, state, members, room, join } = await open()
  const held = store.hold('heads')
  const failing = join().catch((error: AppError) => error.code)
  await held.reached
  expect(await join()).toMatchObject({ room })
  state.away = true
  held.release()
  expect(await failing).toBe('UNAVAILABLE')
  expect([...members]).toEqual([room])
})

test('a join has the settings that its epoch began with, and changed ones begin the next epoch', async () => {
  const { state, told, join } = await open(100)
  const first = await join()
  const changed = { rankStyle: 'competition', liveLimit: 7 } as const
  state.named = { ...state.named, board: { ...state.named.board, ...changed } }
  const answers = []
  do answers.push(await join())
  while (answers.at(-1)!.epoch === first.epoch)
  const settings = answers.map(({ epoch, limit, rankStyle }) => ({ epoch: epoch > first.epoch, limit, rankStyle }))
  const { limit, rankStyle } = first
  expect(settings).toEqual([
    ...answers.slice(1).map(() => ({ epoch: false, limit, rankStyle })),
    { epoch: true, limit: 7, rankStyle: 'competition' },
  ])
  expect(told).toContainEqual({ event: 'standings:reset', payload: expect.objectContaining({ limit: 7 }) as object })
})

test('a leaderboard that is deleted and made again at once is joined at once', async () => {
  const { join, makeAgain } = await open()
  expect(await join()).toMatchObject({ total: 0 })
  await makeAgain()
  expect(await join()).toMatchObject({ total: 1, rows: [{ playerId: 'new', score: 7 }] })
})

test('who stayed in the room of a leaderboard that was made again is shown the new one', async () => {
  const { rooms, join, makeAgain, told } = await open(100)
  rooms.start()
  await join()
  await makeAgain()
  await eventually(() =>
    expect(told.at(-1)).toMatchObject({ event: 'standings:reset', payload: { rows: [{ playerId: 'new' }] } }),
  )
  expect(told.filter(({ event }) => event === 'standings:closed')).toEqual([])
})

test('a watch that ends or is replaced while its look-up is under way tells nothing more', async () => {
  const of = await lists.open(makeLeaderboard({ no: 2000 + ++boards, types: ['GLOBAL'] }))
  const actions = gated({
    async lookup({ playerIds }: { playerIds: string[] }) {
      const { total, places } = await lists.index.places(of, playerIds)
      const rows = places.map((place, at) => ({ playerId: playerIds[at]!, ...place }))
      return { leaderboard: 'arena', standings: 'GLOBAL', total, rows }
    },
    readAround: () => Promise.reject(new AppError('NOT_RANKED', 'nobody is')),
  })
  const watches = createWatches({ actions: actions.store as never, usable: () => true, lookupsPerSecond: 1e6, log })
  const told: unknown[] = []
  const client = { connected: () => true, send: (_: string, what: unknown) => told.push(what) } as unknown as LiveClient
  const where = { leaderboard: 'arena', standings: 'GLOBAL' }
  const place = { rank: 9, score: 9 } as never
  for (const replaced of [false, true]) {
    await watches.watchRank(client, where, 'a', () => Promise.resolve(place))
    const held = actions.hold('lookup')
    watches.start()
    await held.reached
    watches.unwatchRank(client, where, 'a')
    if (replaced) void watches.watchRank(client, where, 'a', () => new Promise(() => {}))
    held.release()
    await new Promise((resume) => setImmediate(resume))
    watches.stop()
    expect({ replaced, told }).toEqual({ replaced, told: [] })
  }
})
