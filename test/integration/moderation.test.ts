import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Moderation } from '../../src/contract/person.ts'
import type { History, Lookup, Page, Place } from '../../src/contract/reads.ts'
import type { Receipt } from '../../src/contract/submission.ts'
import { createClient, type Client } from '../helpers/client.ts'
import { expectEveryList, sealByHand, truthOf } from '../helpers/oracle/every-list.ts'
import { ask, connectSocket, follow, type Follower } from '../helpers/follower.ts'
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

const followed = async (node: number, where: object): Promise<Follower> => {
  const follower = await follow(stack.servers[node]!.url, where)
  open.push(follower)
  return follower
}
const ids = (rows: { playerId: string }[]) => rows.map((row) => row.playerId)
const ban = async (playerId: string, reason = 'cheating', client = admin) =>
  client.send<Moderation>('POST', `/v1/players/${playerId}/ban`, { reason })
const unban = async (playerId: string, body?: object, client = admin) =>
  client.send<Moderation>('POST', `/v1/players/${playerId}/unban`, body)
const shows = (follower: Follower, wanted: string[]) =>
  eventually(() => {
    expect(ids(follower.rows())).toEqual(wanted)
    expect(follower.total()).toBe(wanted.length)
  }, 8000)

describe.each(['first', 'last'] as const)('with ties %s', (ties) => {
  const id = `ties-${ties}`
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => `${name}-${ties}`) as [string, string, string, string]
  const before = ties === 'first' ? [d, a, b, c] : [d, c, b, a]

  test('a ban and its end are ordinary deltas, and place and tie order come back', async () => {
    await stack.board(id, { ties, types: ['GLOBAL', 'DAILY', 'SESSION'] })
    for (const [playerId, score] of [
      [a, 5],
      [b, 5],
      [c, 5],
      [d, 9],
    ] as const)
      await admin.submit(id, { playerId, score, sessionId: 'one' })
    const follower = await followed(1, { leaderboard: id })
    await shows(follower, before)

    const banned = await ban(b)
    expect(banned).toMatchObject({ status: 200, body: { playerId: b, banned: true, reason: 'cheating' } })
    await shows(
      follower,
      before.filter((one) => one !== b),
    )
    const deltas = follower.messages.filter(({ event }) => event === 'standings:delta')
    expect(deltas.map(({ payload }) => (payload as { del: string[] }).del)).toContainEqual([b])
    const lists = await expectEveryList(stack, other, id, ties)
    expect(Object.keys(lists)).toHaveLength(3)
    expect(Object.values(lists).map(ids)).toEqual(Array.from({ length: 3 }, () => before.filter((one) => one !== b)))

    // The same once more changes nothing, whoever says it and why.
    expect((await ban(b, 'again', other)).body).toEqual(banned.body)

    expect((await unban(b)).body).toEqual({ playerId: b, banned: false, bannedAt: null, reason: null })
    expect((await unban(b, { reason: 'twice' }, other)).body).toMatchObject({ banned: false })
    await shows(follower, before)
    expect(Object.values(await expectEveryList(stack, other, id, ties)).map(ids)).toEqual(
      Array.from({ length: 3 }, () => before),
    )
    expect(follower.faults).toEqual([])
    expect(follower.rejoins()).toBe(0)
    expect(follower.messages.map(({ event }) => event)).not.toContain('standings:reset')

    const { body } = await admin.get<History>(`/v1/leaderboards/${id}/players/${b}/history`)
    expect(body.entries.map(({ kind }) => kind)).toEqual(['UNBAN', 'BAN', 'SCORE'])
    const log = await stack.sql`select action, actor, reason from moderation_log where player_id = ${b} order by id`
    expect(log).toEqual([
      { action: 'BAN', actor: 'tester', reason: 'cheating' },
      { action: 'UNBAN', actor: 'tester', reason: null },
    ])
  })
})

describe('a banned player', () => {
  const path = '/v1/leaderboards/reads/players/b'
  let own: Client
  beforeAll(async () => {
    await stack.board('reads', { submitBy: 'player' })
    for (const [playerId, score] of [
      ['a', 30],
      ['b', 20],
      ['c', 10],
    ] as const)
      await admin.submit('reads', { playerId, score })
    await ban('b')
    own = await stack.client('player', 'b', 1)
  })
  afterAll(async () => unban('b'))

  test('sees its own score, as servers do; others do not', async () => {
    const hidden = { status: 200, body: { rank: null, hidden: true, score: 20, percentile: null, total: 2 } }
    const readers = [own, await stack.client('server', 'game'), admin]
    for (const reader of readers) expect(await reader.get<Place>(path)).toMatchObject(hidden)
    const strangers = [await stack.client('player', 'a'), createClient(stack.url, null)]
    for (const reader of strangers)
      expect(await reader.get(path)).toMatchObject({ status: 404, body: { code: 'NOT_RANKED' } })
    for (const reader of [...readers, ...strangers])
      expect(await reader.get(`${path}/around`)).toMatchObject({ status: 404, body: { code: 'NOT_RANKED' } })
  })

  test('is in no page, window, look-up or total', async () => {
    const page = (await other.get<Page>('/v1/leaderboards/reads/standings')).body
    expect([page.total, ids(page.rows)]).toEqual([2, ['a', 'c']])
    const around = (await other.get<Page>('/v1/leaderboards/reads/players/a/around')).body
    expect([around.total, ids(around.rows)]).toEqual([2, ['a', 'c']])
    const lookup = await other.send<Lookup>('POST', '/v1/leaderboards/reads/lookup', { playerIds: ['a', 'b', 'c'] })
    expect([lookup.body.total, ids(lookup.body.rows), lookup.body.missing]).toEqual([2, ['a', 'c'], ['b']])
    expect((await other.get('/v1/leaderboards/reads/what-if?score=15')).body).toMatchObject({ rank: 2, total: 3 })
    const { body } = await other.get<{ periods: object[] }>('/v1/leaderboards/reads/periods')
    expect(body.periods).toMatchObject([{ standings: 'GLOBAL', total: 2 }])
  })

  test('is told over a socket, and watches itself come back', async () => {
    const socket = await connectSocket(stack.servers[1]!.url, await stack.token('player', 'b'))
    open.push({ close: () => socket.disconnect() })
    const told: object[] = []
    socket.on('rank:changed', (message: object) => told.push(message))
    const where = { leaderboard: 'reads' }
    expect((await ask(socket, 'rank:get', where)).data).toMatchObject({ rank: null, hidden: true, score: 20 })
    expect((await ask(socket, 'rank:watch', where)).data).toMatchObject({ rank: null, hidden: true, score: 20 })
    expect((await ask(socket, 'around:watch', where)).data).toMatchObject({ self: null, rows: [], total: 2 })
    const stranger = await connectSocket(stack.url)
    open.push({ close: () => stranger.disconnect() })
    const seen = (await ask(stranger, 'rank:get', { ...where, playerId: 'b' })).data
    expect(seen).toMatchObject({ rank: null, score: null })
    expect(seen).not.toHaveProperty('hidden')

    await unban('b')
    await eventually(
      () => expect(told.at(-1)).toMatchObject({ rank: 2, previousRank: null, score: 20, total: 3 }),
      8000,
    )
    await ban('b')
    await eventually(() => expect(told.at(-1)).toMatchObject({ rank: null, previousRank: 2, total: 2 }), 8000)
    expect(told).toHaveLength(2)
  })

  test('has its submissions stored, without a rank', async () => {
    const { body } = await own.submit<Receipt>('reads', { score: 40, submissionId: 's1' })
    expect(body).toMatchObject({ applied: true, degraded: false, duplicate: false })
    expect(body.standings).toMatchObject([{ score: 40, previousScore: 20, rank: null, previousRank: null, total: 2 }])
    expect((await own.submit<Receipt>('reads', { score: 40, submissionId: 's1' })).body).toMatchObject({
      duplicate: true,
      standings: [{ score: 40, rank: null }],
    })
    expect((await own.get<Place>(path)).body).toMatchObject({ rank: null, hidden: true, score: 40 })
    await unban('b')
    expect((await other.get<Place>(path)).body).toMatchObject({ rank: 1, score: 40, total: 3 })
    await ban('b')
  })

  test('that was unknown to a leaderboard stays hidden on it', async () => {
    await stack.board('later')
    const { body } = await other.submit<Receipt>('later', { playerId: 'b', score: 1 })
    expect(body.standings).toMatchObject([{ applied: true, rank: null, total: 0 }])
    expect((await expectEveryList(stack, admin, 'later'))['GLOBAL']).toEqual([])
  })
})

test('a ban reaches sealed standings, whose final ranks stay', async () => {
  await stack.board('sealing', { types: ['GLOBAL', 'SESSION'] })
  for (const playerId of ['sa', 'sb', 'sc']) await admin.submit('sealing', { playerId, score: 5, sessionId: 'old' })
  await sealByHand(stack, 'sealing', 'old')
  const sealed = () => stack.sql`
    select player_id, hidden, place from leaderboard_entries join final_places using (standings_id, player_id)
    where standings_id = (select id from standings where key = 'old') order by place`
  await ban('sb')
  expect(await sealed()).toMatchObject([{ hidden: false }, { player_id: 'sb', hidden: true, place: 2 }, {}])
  await unban('sb')
  expect(await sealed()).toEqual(
    ['sa', 'sb', 'sc'].map((player_id, at) => ({ player_id, hidden: false, place: at + 1 })),
  )
})

test('2,000 standings of one player are hidden and shown in one step', async () => {
  await stack.board('marathon', { types: ['GLOBAL', 'SESSION'] })
  await admin.submit('marathon', { playerId: 'rival', score: 50, sessionId: 's0' })
  for (let from = 0; from < 2000; from += 1000) {
    const submissions = Array.from({ length: 1000 }, (_, n) => ({
      playerId: 'runner',
      score: from + n,
      sessionId: `s${from + n}`,
    }))
    await admin.send('POST', '/v1/leaderboards/marathon/scores/batch', { submissions })
  }
  const total = async (standings: string) =>
    (await other.get<Page>(`/v1/leaderboards/marathon/standings?standings=${standings}`)).body.total
  const totals = () => Promise.all(['GLOBAL', 'SESSION:s0', 'SESSION:s1999'].map(total))
  expect(await totals()).toEqual([2, 2, 1])
  expect((await ban('runner')).status).toBe(200)
  await eventually(async () => expect(await totals()).toEqual([1, 1, 0]))
  const shown = Object.values(await truthOf(stack, 'marathon')).flat()
  expect(new Set(ids(shown))).toEqual(new Set(['rival']))
  expect((await unban('runner')).status).toBe(200)
  await eventually(async () => expect(await totals()).toEqual([2, 2, 1]))
  expect((await admin.send('DELETE', '/v1/players/runner')).status).toBe(204)
  await eventually(async () => expect(await totals()).toEqual([1, 1, 0]))
})

describe('what is refused', () => {
  const wrong: [string, string, string, unknown, number, string][] = [
    ['a ban without a reason', 'POST', 'a/ban', {}, 400, 'VALIDATION'],
    ['a ban without a body', 'POST', 'a/ban', undefined, 400, 'VALIDATION'],
    ['an empty reason', 'POST', 'a/ban', { reason: '' }, 400, 'VALIDATION'],
    ['501 characters', 'POST', 'a/ban', { reason: 'x'.repeat(501) }, 400, 'VALIDATION'],
    ['control characters', 'POST', 'a/ban', { reason: 'a\u0000b' }, 400, 'VALIDATION'],
    ['a broken pair', 'POST', 'a/ban', { reason: '\ud800' }, 400, 'VALIDATION'],
    ['a number as reason', 'POST', 'a/ban', { reason: 5 }, 400, 'VALIDATION'],
    ['an empty reason to unban', 'POST', 'a/unban', { reason: '' }, 400, 'VALIDATION'],
    ['an id that is none', 'POST', 'a%20b/ban', { reason: 'x' }, 400, 'VALIDATION'],
    ['a stranger to ban', 'POST', 'nobody/ban', { reason: 'x' }, 404, 'NOT_FOUND'],
    ['a stranger to unban', 'POST', 'nobody/unban', undefined, 404, 'NOT_FOUND'],
    ['a stranger to erase', 'DELETE', 'nobody', undefined, 404, 'NOT_FOUND'],
    ['a stranger to export', 'GET', 'nobody/export', undefined, 404, 'NOT_FOUND'],
    ['a region that is none', 'PUT', 'a', { displayName: 'A', region: 'e!' }, 400, 'VALIDATION'],
  ]
  test.each(wrong)('%s', async (_, method, path, body, status, code) => {
    expect(await admin.send(method, `/v1/players/${path}`, body)).toMatchObject({ status, body: { code } })
  })

  test.each([
    ['POST', 'a/ban', { reason: 'x' }],
    ['POST', 'a/unban', undefined],
    ['DELETE', 'a', undefined],
  ])('%s %s by a game server, a player or nobody', async (method, path, body) => {
    const clients = [await stack.client('server', 'game'), await stack.client('player', 'a')]
    for (const client of clients)
      expect(await client.send(method, `/v1/players/${path}`, body)).toMatchObject({ status: 403 })
    expect(await createClient(stack.url, null).send(method, `/v1/players/${path}`, body)).toMatchObject({ status: 401 })
  })
})
