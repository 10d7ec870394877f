import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MatchView, PlayerStats } from '../../src/contract/match.ts'
import type { History, Page, Periods, Place } from '../../src/contract/reads.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { expectEveryList } from '../helpers/oracle/every-list.ts'
import { ask, connectSocket, follow } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { expectListIsTruth } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

// A match that is taken back leaves no trace, wherever it was seen.

let stack: Stack
let redis: RedisClient
let admin: Client
let server: Client
let made = 0
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  redis = stack.redisClient()
  admin = await stack.client('admin', 'ops')
  server = await stack.client('server', 'game-1', 1)
})
afterAll(() => stack.stop())

/** A rating leaderboard of its own, with players of its own. */
async function ladder(more: object = {}) {
  const id = `ladder-${made++}`
  const definition = { id, metric: 'rating', autoVerify: true, tickMs: 50, ...more }
  expect((await admin.send('POST', '/v1/leaderboards', definition)).status).toBe(201)
  return { id, ann: `ann.${id}`, bob: `bob.${id}`, cyd: `cyd.${id}` }
}
const step = async (id: string, what: string, body: object = {}) => {
  const { status, body: match } = await server.send<MatchView>('POST', `/v1/matches/${id}/${what}`, body)
  expect({ what, status }).toEqual({ what, status: 200 })
  return match
}
/** A verified match, won by the first; all are first when it is drawn. */
async function played(leaderboard: string, playerIds: string[], more: { drawn?: boolean; completedAt?: string } = {}) {
  const id = `m${made++}`
  await server.send('POST', '/v1/matches', { id, leaderboard, type: 'RANKED', playerIds })
  await step(id, 'start')
  const results = playerIds.map((playerId, at) => ({ playerId, placement: more.drawn ? 1 : at + 1 }))
  const { completedAt } = more
  expect(await step(id, 'complete', { results, ...(completedAt && { completedAt }) })).toMatchObject({
    verification: 'VERIFIED',
  })
  return id
}
const rejected = (id: string) => step(id, 'reject', { reason: 'not played' })
async function ratings(leaderboard: string, standings = 'GLOBAL', client = admin) {
  const { body } = await client.get<Page>(`/v1/leaderboards/${leaderboard}/standings?standings=${standings}`)
  expect(body.total).toBe(body.rows.length)
  return Object.fromEntries(body.rows.map((row) => [row.playerId, row.score]))
}
const place = (leaderboard: string, playerId: string, standings = 'GLOBAL') =>
  server.get<Place>(`/v1/leaderboards/${leaderboard}/players/${playerId}?standings=${standings}`)
const stats = async (playerId: string) => (await admin.get<PlayerStats>(`/v1/players/${playerId}/stats`)).body
const history = async (leaderboard: string, playerId: string) =>
  (await admin.get<History>(`/v1/leaderboards/${leaderboard}/players/${playerId}/history?standings=*`)).body.entries
const standingsOf = async (leaderboard: string) =>
  (await admin.get<Periods>(`/v1/leaderboards/${leaderboard}/periods`)).body.periods.map((one) => one.standings)

test('who has no other match leaves every list, live ones too, and begins at 1200 again', async () => {
  const { id, ann, bob, cyd } = await ladder({ types: ['GLOBAL', 'WEEKLY'] })
  await played(id, [cyd, bob], {})
  const only = await played(id, [ann, bob])
  const before = await ratings(id)
  expect(before[ann]).toBeGreaterThan(1200)
  const room = await follow(stack.servers[1]!.url, { leaderboard: id })
  const socket = await connectSocket(stack.servers[1]!.url)
  const told: { rank: number | null }[] = []
  socket.on('rank:changed', (change: { rank: number | null }) => told.push(change))
  await ask(socket, 'rank:watch', { leaderboard: id, playerId: ann })

  await rejected(only)
  expect(await ratings(id)).toEqual({ [cyd]: 1216, [bob]: 1184 })
  expect(await ratings(id, 'WEEKLY')).toEqual({ [cyd]: 1216, [bob]: 1184 })
  expect(await place(id, ann)).toMatchObject({ status: 404, body: { code: 'NOT_RANKED' } })
  expect(await stats(ann)).toMatchObject({ matches: 0, wins: 0, bestRating: 1200 })
  expect((await history(id, ann))[0]).toMatchObject({ kind: 'MATCH', score: null, reason: 'not played', matchId: only })
  expect((await history(id, bob))[0]).toMatchObject({ kind: 'MATCH', score: 1184, reason: 'not played' })
  await eventually(() => expect(room.rows().map((row) => row.playerId)).toEqual([cyd, bob]))
  await eventually(() => expect(told.at(-1)).toMatchObject({ rank: null }))
  room.close()
  socket.disconnect()

  // However Redis gets its list.
  await expectListIsTruth(stack, redis, id)
  expect((await admin.send('POST', '/v1/admin/reconcile', { leaderboard: id })).body).toMatchObject({
    extra: 0,
    missing: 0,
  })
  await admin.send('POST', '/v1/admin/rebuild', { leaderboard: id })
  await expectEveryList(stack, server, id)

  expect((await server.send('POST', `/v1/matches/${only}/verify`, {})).body).toMatchObject({
    code: 'INVALID_TRANSITION',
  })
  const next = await played(id, [ann, cyd])
  const { body } = await server.get<MatchView>(`/v1/matches/${next}`)
  expect(body.results?.[0]).toMatchObject({ ratingBefore: 1200 })
})

test('a match that changed nothing is taken back as well, and with it whoever played no other', async () => {
  const { id, ann, bob } = await ladder()
  const drawn = await played(id, [ann, bob], { drawn: true })
  expect(await ratings(id)).toEqual({ [ann]: 1200, [bob]: 1200 })
  await rejected(drawn)
  expect(await ratings(id)).toEqual({})
})

test('each standings goes by the matches that are in it', async () => {
  const { id, ann, bob } = await ladder({ types: ['GLOBAL', 'DAILY'], graceMs: 10 * 86_400_000 })
  const [today, yesterday] = [0, 1].map((days) => new Date(Date.now() - days * 86_400_000).toISOString())
  await played(id, [ann, bob], { completedAt: today! })
  const earlier = await played(id, [ann, bob], { completedAt: yesterday! })
  const days = [today, yesterday].map((at) => `DAILY:${at!.slice(0, 10)}`)
  const full = await ratings(id)
  expect(await ratings(id, days[1])).toEqual(full)
  await rejected(earlier)
  expect(await ratings(id)).toEqual({ [ann]: 1216, [bob]: 1184 })
  expect(await ratings(id, days[0])).toEqual({ [ann]: 1216, [bob]: 1184 })
  expect(await ratings(id, days[1])).toEqual({})
})

test('a moved or banned player leaves the list it is in now', async () => {
  const { id, ann, bob, cyd } = await ladder({ types: ['GLOBAL', 'REGIONAL'] })
  const region = (playerId: string, to: string) =>
    admin.send('PUT', `/v1/players/${playerId}`, { displayName: 'P', region: to })
  for (const playerId of [ann, bob, cyd]) await region(playerId, 'EU')
  await played(id, [ann, cyd])
  const second = await played(id, [ann, bob])
  await region(ann, 'US')
  await region(bob, 'US')
  await admin.send('POST', `/v1/players/${bob}/ban`, { reason: 'cheats' })
  await rejected(second)
  expect(await ratings(id)).toEqual({ [ann]: 1216, [cyd]: 1184 })
  expect(await ratings(id, 'REGIONAL:US')).toEqual({ [ann]: 1216 })
  expect(await ratings(id, 'REGIONAL:EU')).toEqual({ [cyd]: 1184 })
  expect(await place(id, bob)).toMatchObject({ status: 404 })
  await admin.send('POST', `/v1/players/${bob}/unban`)
  expect(await place(id, bob, 'REGIONAL:US')).toMatchObject({ status: 404 })
  await expectEveryList(stack, server, id)
})

test('a removal of the player is where its matches begin again', async () => {
  const { id, ann, bob, cyd } = await ladder()
  const before = await played(id, [ann, bob])
  const also = await played(id, [ann, bob])
  expect((await admin.send('DELETE', `/v1/leaderboards/${id}/players/${ann}`)).status).toBe(204)
  const after = await played(id, [ann, cyd])
  // What it did to ann's rating is gone already.
  await rejected(before)
  expect(await ratings(id)).toMatchObject({ [ann]: 1216 })
  expect((await history(id, ann))[0]).toMatchObject({ score: 1216, matchId: before })
  // 1215 was held before the removal, 1216 after it; both together never.
  expect(await stats(ann)).toMatchObject({ matches: 2, bestRating: 1216 })
  await rejected(after)
  expect(await ratings(id)).toEqual({ [bob]: expect.any(Number) as number })
  expect(await stats(ann)).toMatchObject({ matches: 1 })
  await rejected(also)
  expect(await ratings(id)).toEqual({})
})

test('what was applied is taken back, although the leaderboard keeps other standings by now', async () => {
  const { id, ann, bob } = await ladder({ types: ['GLOBAL', 'WEEKLY'] })
  const only = await played(id, [ann, bob])
  await admin.send('PATCH', `/v1/leaderboards/${id}`, { types: ['GLOBAL'] })
  await rejected(only)
  await admin.send('PATCH', `/v1/leaderboards/${id}`, { types: ['GLOBAL', 'WEEKLY'] })
  await eventually(async () => expect(await ratings(id, 'WEEKLY', server)).toEqual({}))
})

test('a match that never counted makes no standings when it is rejected', async () => {
  const { id, ann, bob } = await ladder({ types: ['GLOBAL', 'DAILY'], autoVerify: false })
  const match = `m${made++}`
  await server.send('POST', '/v1/matches', { id: match, leaderboard: id, type: 'RANKED', playerIds: [ann, bob] })
  await step(match, 'start')
  await step(match, 'complete', { results: [ann, bob].map((playerId, at) => ({ playerId, placement: at + 1 })) })
  await rejected(match)
  expect(await standingsOf(id)).toEqual([])
})

test('sealed standings keep what was applied', async () => {
  const { id, ann, bob } = await ladder({ types: ['GLOBAL', 'SEASONAL'], graceMs: 0 })
  const slug = `${id}-season`
  const startsAt = new Date(Date.now() - 1000).toISOString()
  const season = { slug, leaderboard: id, title: 'S', startsAt, endsAt: new Date(Date.now() + 3_600_000).toISOString() }
  expect((await admin.send('POST', '/v1/seasons', season)).status).toBe(201)
  const selector = `SEASONAL:${slug}`
  await eventually(async () =>
    expect((await server.get(`/v1/leaderboards/${id}/standings?standings=${selector}`)).status).toBe(200),
  )
  const only = await played(id, [ann, bob])
  await admin.send('POST', `/v1/seasons/${slug}/close`)
  await eventually(async () =>
    expect((await admin.get<Page>(`/v1/leaderboards/${id}/standings?standings=${selector}`)).body.period).toMatchObject(
      {
        status: 'SEALED',
      },
    ),
  )
  await rejected(only)
  expect(await ratings(id)).toEqual({})
  expect(await ratings(id, selector)).toEqual({ [ann]: 1216, [bob]: 1184 })
})

test('the best rating is the best of what still counts, over all leaderboards', async () => {
  const { id, ann, bob, cyd } = await ladder()
  const other = await ladder()
  const first = await played(id, [ann, bob])
  await played(id, [ann, cyd])
  const rival = `dan.${id}`
  await played(other.id, [ann, rival])
  const best = (await stats(ann)).bestRating
  expect(best).toBe((await ratings(id))[ann])
  await rejected(first)
  const now = (await ratings(id))[ann]!
  expect(now).toBeLessThan(1216)
  expect(await stats(ann)).toMatchObject({ matches: 2, bestRating: 1216, currentStreak: 2, bestStreak: 2 })
})
