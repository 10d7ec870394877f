import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PlayerStats } from '../../src/contract/match.ts'
import type { Page, Periods } from '../../src/contract/reads.ts'
import { createLog } from '../../src/log.ts'
import { noteChanged } from '../../src/postgres/repair/changes.ts'
import { connectPool, keyedAccess, type Pool } from '../../src/postgres/connection/client.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { createPersonStore } from '../../src/postgres/players/persons.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import { liveKeys } from '../../src/redis/keys.ts'
import type { Client } from '../helpers/client.ts'
import { follow } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// A server whose copies are made stale by another one, of which no message ever arrives: this process changes the database
// as a server does, and tells nobody.

const log = createLog({ level: 'warn', pretty: false })
let stack: Stack
let admin: Client
let pool: Pool
let silent: ReturnType<typeof createPersonStore>
beforeAll(async () => {
  stack = await startStack({ env: { CACHE_TTL_PLAYER_STATS: '3600', CACHE_TTL_HISTORICAL_DATA: '3600' } })
  admin = await stack.client()
  const url = stack.env['DATABASE_URL']!
  pool = connectPool(url, {
    name: 'silent',
    max: 2,
    connectTimeoutMs: 20_000,
    statementTimeoutMs: 0,
    settings: keyedAccess,
  })
  const leaderboards = createLeaderboardStore(pool.sql, log)
  silent = createPersonStore({ sql: pool.sql, leaderboards, standings: createStandingsStore(pool.sql) })
})
afterAll(async () => {
  await pool.end(1)
  await stack.stop()
})

const names = async (path: string) => (await admin.get<Page>(path)).body.rows.map((row) => row.displayName)
const profile = (playerId: string, displayName: string) => {
  return { playerId, displayName, region: null, country: null, avatarUrl: null, metadata: null }
}

test('a renamed player is shown by its new name, in pages and live rooms', async () => {
  await admin.send('POST', '/v1/leaderboards', { id: 'names', tickMs: 50 })
  await admin.submit('names', { playerId: 'p', score: 1 })
  await admin.send('PUT', '/v1/players/p', { displayName: 'Old' })
  const follower = await follow(stack.url, { leaderboard: 'names' })
  await eventually(() => expect(follower.rows()[0]?.displayName).toBe('Old'))
  expect(await names('/v1/leaderboards/names/standings')).toEqual(['Old'])
  await silent.put(profile('p', 'New'))
  await eventually(async () => expect(await names('/v1/leaderboards/names/standings')).toEqual(['New']))
  await eventually(() => expect(follower.rows()[0]?.displayName).toBe('New'))
  expect(follower.faults).toEqual([])
  follower.close()
})

test.each(['erase', 'ban'] as const)('what is kept of sealed standings forgets a player after %s', async (what) => {
  const id = `sealed-${what}`
  await admin.send('POST', '/v1/leaderboards', { id, types: ['SESSION'], graceMs: 0 })
  for (const name of ['bad', 'good']) {
    await admin.submit(id, { playerId: `${what}.${name}`, score: 5, sessionId: 'final' })
    await admin.send('PUT', `/v1/players/${what}.${name}`, { displayName: `Mr ${name}` })
  }
  await admin.send('POST', `/v1/leaderboards/${id}/sessions/final/close`)
  await eventually(async () => {
    const { periods } = (await admin.get<Periods>(`/v1/leaderboards/${id}/periods?type=SESSION`)).body
    expect(periods[0]?.status).toBe('SEALED')
  })
  const page = `/v1/leaderboards/${id}/standings?standings=SESSION:final`
  await eventually(async () => expect(await names(page)).toEqual(['Mr bad', 'Mr good']))
  await (what === 'erase' ? silent.erase('erase.bad', 'ops') : silent.ban('ban.bad', 'ops', 'why'))
  await eventually(async () => expect(await names(page)).toEqual(['Mr good']))
})

test('a room that nobody has a place in is empty, costs Redis nothing, and begins with the first score', async () => {
  await admin.send('POST', '/v1/leaderboards', { id: 'begun', tickMs: 50, types: ['SESSION'] })
  const board = (await createLeaderboardStore(pool.sql, log).find('begun'))!
  const where = { leaderboard: 'begun', standings: 'SESSION:s' }
  const follower = await follow(stack.url, where)
  expect([follower.rows(), follower.position()]).toEqual([[], { epoch: 0, seq: 0 }])
  expect(await follower.join({ ...where, ...follower.position() })).toMatchObject({ mode: 'current' })
  const redis = stack.redisClient()
  const { lease, view, log: deltas } = liveKeys(board.no, 'SESSION:s')
  expect(await redis.exists(lease, view, deltas)).toBe(0)
  const target = { type: 'SESSION', key: 's', startsAt: null, endsAt: null } as const
  await createStandingsStore(pool.sql).ensure([{ board, target, make: true }])
  await admin.submit('begun', { playerId: 'first', score: 3, sessionId: 's' })
  await eventually(() => expect(follower.rows()).toMatchObject([{ playerId: 'first', score: 3 }]))
  expect([follower.faults, follower.position().epoch > 0]).toEqual([[], true])
  follower.close()
})

test('totals that another server counted are shown', async () => {
  await admin.send('PUT', '/v1/players/counted', { displayName: 'Counted' })
  const wins = async () => (await admin.get<PlayerStats>('/v1/players/counted/stats')).body.wins
  expect(await wins()).toBe(0)
  await pool.sql.begin(async (tx) => {
    await tx`insert into player_totals (player_id, matches, wins, losses, draws, kills, deaths, assists, accuracy_sum,
      accuracy_count, current_streak, best_streak, best_rating) values ('counted', 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1216)`
    await noteChanged(tx, { totals: ['counted'] })
  })
  await eventually(async () => expect(await wins()).toBe(1))
})
