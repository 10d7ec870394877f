import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { History } from '../../src/contract/reads.ts'
import { expectEveryList } from '../helpers/oracle/every-list.ts'
import { follow, type Follower } from '../helpers/follower.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let admin: Client
let other: Client
const open: { close(): void }[] = []
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  admin = await stack.client()
  other = await stack.client('admin', 'second', 1)
})
afterAll(async () => stack.stop())
afterEach(() => open.splice(0).forEach((one) => one.close()))

const put = async (playerId: string, region?: string | null, client = admin) =>
  client.send('PUT', `/v1/players/${playerId}`, {
    displayName: playerId.toUpperCase(),
    ...(region === undefined ? {} : { region }),
  })
const ids = (rows: { playerId: string }[]) => rows.map((row) => row.playerId)
const regional = async (id: string, ties: 'first' | 'last' = 'first') => {
  const lists = await expectEveryList(stack, other, id, ties)
  return Object.fromEntries(Object.entries(lists).map(([standings, rows]) => [standings, ids(rows)]))
}

test.each(['first', 'last'] as const)('a region change carries score and tie order along, ties %s', async (ties) => {
  const [id, a, b, c] = [`moves-${ties}`, `a-${ties}`, `b-${ties}`, `c-${ties}`]
  const order = (...wanted: string[]) => (ties === 'first' ? wanted : wanted.toReversed())
  await stack.board(id, { ties, types: ['GLOBAL', 'DAILY', 'REGIONAL'] })
  await put(a, 'EU')
  await put(b, 'US')
  await put(c, 'EU')
  for (const playerId of [a, b, c]) await admin.submit(id, { playerId, score: 7 })
  const eu: Follower = await follow(stack.servers[1]!.url, { leaderboard: id, standings: 'REGIONAL:EU' })
  const jp: Follower = await follow(stack.servers[0]!.url, { leaderboard: id, standings: 'REGIONAL:JP' })
  open.push(eu, jp)
  const shown = async (inEu: string[], inJp: string[]) => {
    await eventually(() => expect([ids(eu.rows()), ids(jp.rows())]).toEqual([inEu, inJp]), 8000)
    expect(await regional(id, ties)).toMatchObject({ GLOBAL: order(a, b, c), 'REGIONAL:EU': inEu })
  }
  await shown(order(a, c), [])

  // b comes between its equals, as in GLOBAL.
  expect((await put(b, 'EU')).status).toBe(200)
  await shown(order(a, b, c), [])
  expect((await put(a, 'JP', other)).status).toBe(200)
  await shown(order(b, c), [a])
  // A profile without a region has none; with one again, GLOBAL gives back what was held.
  await put(a)
  await shown(order(b, c), [])
  await put(c, null)
  await put(c, 'JP')
  await put(a, 'JP')
  await shown([b], order(a, c))
  // The same region again changes nothing.
  const [count] = await stack.sql<{ n: number }[]>`select count(*)::int as n from submissions where kind = 'REGION'`
  await put(a, 'JP')
  expect(await stack.sql`select count(*)::int as n from submissions where kind = 'REGION'`).toEqual([count])
  await eventually(() => expect(jp.rows().map((row) => row.region)).toEqual(['JP', 'JP']), 8000)
  expect([...eu.faults, ...jp.faults]).toEqual([])
  expect(eu.rejoins() + jp.rejoins()).toBe(0)
  const { body } = await admin.get<History>(`/v1/leaderboards/${id}/players/${b}/history?standings=REGIONAL:EU`)
  expect(body.entries.map(({ kind, score }) => ({ kind, score }))).toEqual([{ kind: 'REGION', score: 7 }])
})

test('a first region takes what GLOBAL holds, once there is something', async () => {
  await stack.board('first-region', { types: ['GLOBAL', 'REGIONAL'], operator: 'sum' })
  for (const score of [3, 4]) await admin.submit('first-region', { playerId: 'fa', score })
  expect(await regional('first-region')).toEqual({ GLOBAL: ['fa'] })
  await put('fa', 'EU')
  await put('fb', 'EU')
  expect(await expectEveryList(stack, other, 'first-region')).toEqual({
    GLOBAL: [{ playerId: 'fa', score: 7 }],
    'REGIONAL:EU': [{ playerId: 'fa', score: 7 }],
  })
  // It is the same total that grows.
  await admin.submit('first-region', { playerId: 'fa', score: 5 })
  const lists = await expectEveryList(stack, other, 'first-region')
  expect(lists['REGIONAL:EU']).toEqual([{ playerId: 'fa', score: 12 }])
})

test('without GLOBAL the old region gives what there is, and nothing is left of it without a region', async () => {
  await stack.board('only-regional', { types: ['REGIONAL'] })
  await put('oa', 'EU')
  await put('ob', 'US')
  await admin.submit('only-regional', { playerId: 'oa', score: 4 })
  await admin.submit('only-regional', { playerId: 'ob', score: 4 })
  await put('oa', 'US')
  expect(await regional('only-regional')).toEqual({ 'REGIONAL:EU': [], 'REGIONAL:US': ['oa', 'ob'] })
  await put('oa')
  expect(await regional('only-regional')).toEqual({ 'REGIONAL:EU': [], 'REGIONAL:US': ['ob'] })
  await put('oa', 'EU')
  expect(await regional('only-regional')).toEqual({ 'REGIONAL:EU': [], 'REGIONAL:US': ['ob'] })
})

test('a type that was taken away and is added again goes on with what it held, and nobody is in two regions', async () => {
  const id = 'away-and-back'
  const setTypes = async (...types: string[]) => {
    expect((await admin.send('PATCH', `/v1/leaderboards/${id}`, { types })).status).toBe(200)
    for (const client of [admin, other])
      await eventually(async () => expect((await client.get(`/v1/leaderboards/${id}`)).body).toMatchObject({ types }))
  }
  await stack.board(id, { types: ['GLOBAL', 'WEEKLY', 'REGIONAL'] })
  for (const [at, playerId] of ['ta', 'tb', 'tc', 'td'].entries()) {
    await put(playerId, 'EU')
    await admin.submit(id, { playerId, score: 10 * (at + 1) })
  }
  await setTypes('GLOBAL')
  expect((await admin.get(`/v1/leaderboards/${id}/standings?standings=REGIONAL:EU`)).status).toBe(404)
  for (const playerId of ['ta', 'tb', 'te']) await admin.submit(id, { playerId, score: 50 })
  // Whatever else becomes of a player reaches the standings that are away, too.
  await put('ta', 'US')
  await put('te', 'EU', other)
  await put('td')
  await admin.send('DELETE', '/v1/players/tc')
  await setTypes('GLOBAL', 'WEEKLY', 'REGIONAL')

  const week = Object.keys(await expectEveryList(stack, other, id)).find((name) => name.startsWith('WEEKLY'))!
  expect(await expectEveryList(stack, other, id)).toEqual({
    GLOBAL: ['ta', 'tb', 'te', 'td'].map((playerId, at) => ({ playerId, score: at === 3 ? 40 : 50 })),
    [week]: ['td', 'tb', 'ta'].map((playerId, at) => ({ playerId, score: [40, 20, 10][at] })),
    'REGIONAL:EU': [{ playerId: 'tb', score: 20 }],
    'REGIONAL:US': [{ playerId: 'ta', score: 10 }],
  })
  for (const playerId of ['ta', 'tb', 'te']) await other.submit(id, { playerId, score: 60 })
  expect(await regional(id)).toMatchObject({
    [week]: ['ta', 'tb', 'te', 'td'],
    'REGIONAL:EU': ['tb', 'te'],
    'REGIONAL:US': ['ta'],
  })
})

test('who is banned moves unseen, and comes back where it is now', async () => {
  await stack.board('hidden-move', { types: ['GLOBAL', 'REGIONAL'] })
  for (const playerId of ['ha', 'hb']) await put(playerId, 'EU')
  for (const playerId of ['ha', 'hb']) await admin.submit('hidden-move', { playerId, score: 1 })
  await admin.send('POST', '/v1/players/ha/ban', { reason: 'x' })
  await put('ha', 'US')
  expect(await regional('hidden-move')).toEqual({ GLOBAL: ['hb'], 'REGIONAL:EU': ['hb'], 'REGIONAL:US': [] })
  await admin.send('POST', '/v1/players/ha/unban')
  expect(await regional('hidden-move')).toEqual({ GLOBAL: ['ha', 'hb'], 'REGIONAL:EU': ['hb'], 'REGIONAL:US': ['ha'] })
})

test('a removed leaderboard is left alone', async () => {
  await stack.board('gone', { types: ['GLOBAL', 'REGIONAL'] })
  await put('ga', 'EU')
  await admin.submit('gone', { playerId: 'ga', score: 1 })
  await admin.send('DELETE', '/v1/leaderboards/gone')
  expect((await put('ga', 'US')).status).toBe(200)
  expect((await admin.send('POST', '/v1/players/ga/ban', { reason: 'x' })).status).toBe(200)
  expect(await stack.sql`select kind from submissions where player_id = 'ga'`).toEqual([{ kind: 'SCORE' }])
})

test('profiles put at once from two servers make one player', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => put('once', ['EU', 'US'][n % 2], n % 3 === 0 ? other : admin)),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([...Array<number>(19).fill(200), 201])
})
