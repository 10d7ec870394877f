import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import type { ResolvedStandings } from '../../src/actions/resolve-standings.ts'
import { createPublisher, type Publisher } from '../../src/live/publisher.ts'
import { createLog } from '../../src/log.ts'
import { connectPool, keyedAccess, type Pool } from '../../src/postgres/connection/client.ts'
import { createPlayerStore } from '../../src/postgres/players/players.ts'
import { createTrendStore } from '../../src/postgres/standings/trends.ts'
import { createLiveStore } from '../../src/redis/live-store.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { gated } from '../helpers/gate.ts'
import { makeLeaderboard } from '../helpers/leaderboards.ts'
import { startRankedLists, type RankedLists } from '../helpers/ranked-lists.ts'
import { eventually } from '../helpers/wait.ts'

// A publisher over real Redis and Postgres, of which one answer is held while something changes.

const log = createLog({ level: 'warn', pretty: false })
let lists: RankedLists
let database: Awaited<ReturnType<typeof cloneDatabase>>
let pool: Pool
const publishers: Publisher[] = []
beforeAll(async () => {
  lists = await startRankedLists()
  database = await cloneDatabase(inject('postgresUrl'))
  const times = { connectTimeoutMs: 20_000, statementTimeoutMs: 0 }
  pool = connectPool(database.url, { name: 'test', max: 4, ...times, settings: keyedAccess })
})
afterEach(async () => void (await Promise.all(publishers.splice(0).map((one) => one.stop()))))
afterAll(async () => {
  await pool.end(1)
  await database.drop()
  await lists.stop()
})

let rooms = 0

/** A room with one player, published as soon as `begin` is called. */
async function openRoom() {
  const id = `races-${++rooms}`
  const of = await lists.open(makeLeaderboard({ no: 1000 + rooms, id, types: ['GLOBAL'], tickMs: 50 }))
  const span = { startsAt: null, endsAt: null, nextSeason: null }
  const named: ResolvedStandings = { board: of.board, row: of.standings, selector: 'GLOBAL', type: 'GLOBAL', ...span }
  const players = createPlayerStore(pool.sql, 600_000)
  const gates = { index: gated(lists.index), players: gated(players), store: gated(createLiveStore(lists.redis)) }
  const shown = new Map<string, { displayName: string; region: string | null }>()
  let epochs = 0
  const collect = (_: string, event: string, payload: unknown) => {
    if (event === 'standings:reset') {
      epochs += 1
      const { rows } = payload as { rows: { playerId: string; displayName: string; region?: string }[] }
      for (const { playerId, displayName, region } of rows) shown.set(playerId, { displayName, region: region ?? null })
    }
    if (event === 'standings:delta')
      for (const [, playerId, , profile] of (payload as { set: [number, string, number, never?][] }).set) {
        const { displayName, region } = (profile ?? {}) as { displayName?: string; region?: string }
        if (displayName !== undefined) shown.set(playerId, { displayName, region: region ?? null })
      }
  }
  let publisher: Publisher | null = null
  const name = (who: string) => `${id}.${who}`
  return {
    gates,
    epochs: () => epochs,
    shown: (who: string) => shown.get(name(who)),
    begin() {
      publisher = createPublisher(named, {
        resolve: () => Promise.resolve(named),
        index: gates.index.store,
        players: gates.players.store,
        trends: createTrendStore(pool.sql),
        store: gates.store.store,
        seen: { epoch: 0 },
        broadcast: { toRoom: collect, toLocal: () => {} },
        now: Date.now,
        log,
      })
      publishers.push(publisher)
      return publisher
    },
    restart: () => publisher!.restart(),
    async score(who: string, score: number) {
      await pool.sql`insert into players (id, display_name) values (${name(who)}, 'old') on conflict do nothing`
      const version = ++versions
      await lists.writer.write(
        [{ list: of, rows: [{ ...of, playerId: name(who), score, version, tie: version, hidden: false }] }],
        false,
      )
    },
    /** As the server does it: stored, then copies go, then the rooms are told. */
    async change(who: string, displayName: string, region: string | null) {
      await pool.sql`update players set display_name = ${displayName}, region = ${region} where id = ${name(who)}`
      players.forget([name(who)])
      publisher!.profilesChanged(new Set([name(who)]))
    },
  }
}
let versions = 100

test('a profile that changes while the top is read is shown', async () => {
  const room = await openRoom()
  await room.score('a', 5)
  await room.begin().begun
  const held = room.gates.index.hold('top')
  await held.reached
  await room.change('a', 'new', 'EU')
  held.release()
  await eventually(() => expect(room.shown('a')).toEqual({ displayName: 'new', region: 'EU' }), 5000)
})

test('a profile that changes while an epoch begins is shown', async () => {
  const room = await openRoom()
  await room.score('a', 5)
  const held = room.gates.players.hold('profiles')
  const { begun } = room.begin()
  await held.reached
  await room.change('a', 'new', 'EU')
  held.release()
  await begun
  await eventually(() => expect(room.shown('a')).toEqual({ displayName: 'new', region: 'EU' }), 5000)
})

test('a profile that changes while its player enters is shown', async () => {
  const room = await openRoom()
  await room.score('a', 5)
  await room.begin().begun
  const held = room.gates.players.hold('profiles')
  await room.score('b', 6)
  await held.reached
  await room.change('b', 'new', 'EU')
  held.release()
  await eventually(() => expect(room.shown('b')).toEqual({ displayName: 'new', region: 'EU' }), 5000)
})

test('a profile that changes while a delta is stored is shown', async () => {
  const room = await openRoom()
  await room.score('a', 5)
  await room.begin().begun
  const held = room.gates.store.hold('publish')
  await room.score('b', 6)
  await held.reached
  await room.change('b', 'new', 'EU')
  held.release()
  await eventually(() => expect(room.shown('b')).toEqual({ displayName: 'new', region: 'EU' }), 5000)
})

test('a restart while an epoch begins leads to another epoch', async () => {
  const room = await openRoom()
  await room.score('a', 5)
  const held = room.gates.store.hold('publish')
  const { begun } = room.begin()
  await held.reached
  room.restart()
  held.release()
  await begun
  await eventually(() => expect(room.epochs()).toBe(2), 5000)
})

test('a restart while a delta is stored leads to another epoch', async () => {
  const room = await openRoom()
  await room.score('a', 5)
  await room.begin().begun
  const held = room.gates.store.hold('publish')
  await room.score('a', 6)
  await held.reached
  room.restart()
  held.release()
  await eventually(() => expect(room.epochs()).toBe(2), 5000)
})

test('names that Postgres did not answer for in time are shown once it does', async () => {
  const room = await openRoom()
  await room.score('a', 5)
  const own = await pool.sql.reserve()
  await own`begin`
  await own`lock table players in access exclusive mode`
  await room.begin().begun
  expect(room.shown('a')?.displayName).toMatch(/\.a$/)
  await own`commit`
  own.release()
  await eventually(() => expect(room.shown('a')?.displayName).toBe('old'), 10_000)
})
