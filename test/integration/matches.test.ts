import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MatchView, PlayerStats } from '../../src/contract/match.ts'
import type { History } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

let stack: Stack
let admin: Client
let server: Client
let made = 0

beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  admin = await stack.client('admin', 'ops')
  server = await stack.client('server', 'game-1', 1)
})
afterAll(() => stack.stop())

const duel = [
  { playerId: 'ann', placement: 1 },
  { playerId: 'bob', placement: 2 },
]
/** A rating leaderboard of its own, with players of its own. */
async function ladder(more: object = {}): Promise<{ id: string; players: string[] }> {
  const id = `ladder-${made++}`
  const answer = await admin.send('POST', '/v1/leaderboards', { id, metric: 'rating', ...more })
  expect(answer.status).toBe(201)
  return { id, players: ['ann', 'bob', 'cyd'].map((name) => `${name}.${id}`) }
}
const post = (path: string, body?: unknown, as = server) => as.send<MatchView>('POST', `/v1/matches${path}`, body)
async function started(leaderboard: string, playerIds: string[], type = 'RANKED'): Promise<string> {
  const { body } = await post('', { leaderboard, type, playerIds })
  await post(`/${body.id}/start`)
  return body.id
}
async function completed(leaderboard: string, placements: [string, number][], type = 'RANKED'): Promise<string> {
  const id = await started(
    leaderboard,
    placements.map(([playerId]) => playerId),
    type,
  )
  const results = placements.map(([playerId, placement]) => ({ playerId, placement }))
  expect((await post(`/${id}/complete`, { results })).body).toMatchObject({ verification: 'PENDING' })
  return id
}
async function verified(leaderboard: string, placements: [string, number][], type = 'RANKED'): Promise<string> {
  const id = await completed(leaderboard, placements, type)
  expect((await post(`/${id}/verify`)).body).toMatchObject({ verification: 'VERIFIED' })
  return id
}
async function ratings(leaderboard: string, standings = 'GLOBAL'): Promise<Record<string, number>> {
  const page = await server.get<{ rows: { playerId: string; score: number }[] }>(
    `/v1/leaderboards/${leaderboard}/standings?standings=${standings}`,
  )
  return Object.fromEntries(page.body.rows.map((row) => [row.playerId, row.score]))
}
const stats = async (playerId: string) => (await server.get<PlayerStats>(`/v1/players/${playerId}/stats`)).body
const history = async (leaderboard: string, playerId: string) =>
  (await admin.get<History>(`/v1/leaderboards/${leaderboard}/players/${playerId}/history`)).body.entries

test('a duel from its announcement to its ratings, with who did what', async () => {
  const { id: leaderboard, players } = await ladder({ types: ['GLOBAL', 'DAILY'] })
  const [ann, bob] = players as [string, string]
  const definition = { id: `${leaderboard}-1`, leaderboard, type: 'RANKED', playerIds: [ann, bob], region: 'EU' }
  const first = await post('', definition)
  expect(first.status).toBe(201)
  expect(first.body).toMatchObject({ ...definition, status: 'SCHEDULED', verification: null })
  expect((await post('', definition)).status).toBe(200)
  expect((await server.get(`/v1/players/${ann}`)).body).toEqual({ playerId: ann, displayName: ann })

  const at = `/${definition.id}`
  expect((await post(`${at}/start`)).body).toMatchObject({ status: 'IN_PROGRESS' })
  const results = [
    { playerId: bob, placement: 2, kills: 3, deaths: 4, accuracy: 40 },
    { playerId: ann, placement: 1, kills: 9, deaths: 2, assists: 1, accuracy: 55.5, score: 12.5 },
  ]
  const done = await post(`${at}/complete`, { results })
  expect(done.body).toMatchObject({ status: 'COMPLETED', verification: 'PENDING' })
  expect(done.body.results).toEqual([
    { ...results[1], result: 'WIN' },
    { ...results[0], result: 'LOSS' },
  ])
  expect(await ratings(leaderboard)).toEqual({})
  const verdict = await post(`${at}/verify`, undefined, admin)
  expect(verdict.body.results?.map((one) => [one.ratingBefore, one.ratingAfter, one.ratingChange])).toEqual([
    [1200, 1216, 16],
    [1200, 1184, -16],
  ])
  expect(await ratings(leaderboard)).toEqual({ [ann]: 1216, [bob]: 1184 })
  expect(await ratings(leaderboard, 'DAILY')).toEqual({ [ann]: 1216, [bob]: 1184 })
  expect(await history(leaderboard, ann)).toMatchObject([
    { kind: 'MATCH', score: 1216, reason: null, matchId: definition.id },
  ])
  expect(await stats(ann)).toEqual({
    playerId: ann,
    matches: 1,
    wins: 1,
    losses: 0,
    draws: 0,
    kills: 9,
    deaths: 2,
    assists: 1,
    kd: 4.5,
    accuracy: 55.5,
    currentStreak: 1,
    bestStreak: 1,
    bestRating: 1216,
  })
  const seen = await admin.get<MatchView>(`/v1/matches/${definition.id}`)
  expect(seen.body.log?.map((line) => [line.step, line.by])).toEqual([
    ['CREATE', 'game-1'],
    ['START', 'game-1'],
    ['COMPLETE', 'game-1'],
    ['VERIFY', 'ops'],
  ])
  const spectator = await fetch(`${stack.url}/v1/matches/${definition.id}`)
  expect(await spectator.json()).not.toHaveProperty('log')
})

test('a match taken back leaves the change of later ones, says why, and counts no more', async () => {
  const { id: leaderboard, players } = await ladder({ types: ['GLOBAL', 'WEEKLY'] })
  const [ann, bob, cyd] = players as [string, string, string]
  const first = await verified(leaderboard, [
    [ann, 1],
    [bob, 2],
  ])
  await verified(leaderboard, [
    [ann, 1],
    [cyd, 2],
  ])
  const before = await ratings(leaderboard)
  const rejected = await post(`/${first}/reject`, { reason: 'bob was not there' })
  expect(rejected.body).toMatchObject({ verification: 'REJECTED' })
  expect(rejected.body.results?.[0]).not.toHaveProperty('ratingChange')
  // It was the only one of bob.
  expect(await ratings(leaderboard)).toEqual({ [ann]: before[ann]! - 16, [cyd]: before[cyd] })
  expect(await ratings(leaderboard, 'WEEKLY')).toEqual(await ratings(leaderboard))
  expect((await history(leaderboard, bob))[0]).toMatchObject({
    kind: 'MATCH',
    score: null,
    matchId: first,
    reason: 'bob was not there',
  })
  expect(await stats(bob)).toMatchObject({ matches: 0, losses: 0, bestRating: 1200 })
  expect(await stats(ann)).toMatchObject({ matches: 1, wins: 1, currentStreak: 1, bestStreak: 1 })
})

test('casual matches change totals only, draws keep equal ratings equal, and a board can verify by itself', async () => {
  const { id: leaderboard, players } = await ladder({ autoVerify: true })
  const [ann, bob] = players as [string, string]
  const casual = await started(leaderboard, [ann, bob], 'CASUAL')
  const results = [
    { playerId: ann, placement: 1 },
    { playerId: bob, placement: 1 },
  ]
  const answer = await post(`/${casual}/complete`, { results })
  expect(answer.body).toMatchObject({ verification: 'VERIFIED' })
  expect((await post(`/${casual}/complete`, { results })).status).toBe(200)
  expect((await post(`/${casual}/verify`)).status).toBe(200)
  expect(await ratings(leaderboard)).toEqual({})
  expect(await stats(ann)).toMatchObject({ matches: 1, draws: 1, wins: 0 })

  const ranked = await started(leaderboard, [ann, bob])
  await post(`/${ranked}/complete`, { results })
  expect(await ratings(leaderboard)).toEqual({ [ann]: 1200, [bob]: 1200 })
  await post(`/${ranked}/reject`, { reason: 'walkover' })
  expect(await stats(bob)).toMatchObject({ matches: 1, draws: 1 })
})

describe('what a match refuses', () => {
  let board: Awaited<ReturnType<typeof ladder>>
  beforeAll(async () => {
    board = await ladder()
  })
  const define = (more: object) =>
    post('', { leaderboard: board.id, type: 'RANKED', playerIds: ['ann', 'bob'], ...more })

  test.each<[string, object, number, string]>([
    ['one player', { playerIds: ['ann'] }, 400, 'VALIDATION'],
    ['101 players', { playerIds: Array.from({ length: 101 }, (_, at) => `p${at}`) }, 400, 'VALIDATION'],
    ['a player twice', { playerIds: ['ann', 'ann'] }, 400, 'VALIDATION'],
    ['an id with a space', { playerIds: ['ann', 'b b'] }, 400, 'VALIDATION'],
    ['an unknown type', { type: 'FRIENDLY' }, 400, 'VALIDATION'],
    ['a region that is none', { region: 'europe' }, 400, 'VALIDATION'],
    ['a date before 1800', { scheduledAt: '1799-12-31T23:59:59.000Z' }, 400, 'VALIDATION'],
    ['a date after 2200', { scheduledAt: '2201-01-01T00:00:00.000Z' }, 400, 'VALIDATION'],
    ['an id of 65 characters', { id: 'x'.repeat(65) }, 400, 'VALIDATION'],
    ['an unknown leaderboard', { leaderboard: 'nowhere' }, 404, 'NOT_FOUND'],
  ])('%s', async (_, more, status, code) => {
    const answer = await define(more)
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([status, code])
  })

  test('a leaderboard of scores, and another definition under the same id', async () => {
    await admin.send('POST', '/v1/leaderboards', { id: 'scores-only' })
    expect((await define({ leaderboard: 'scores-only' })).body).toMatchObject({ code: 'CONFLICT' })
    await define({ id: 'same' })
    expect((await define({ id: 'same', playerIds: ['bob', 'ann'] })).body).toMatchObject({ code: 'CONFLICT' })
  })

  test.each<[string, object[], object]>([
    ['nobody', [], {}],
    ['half of the players', [duel[0]!], {}],
    ['a stranger', [duel[0]!, { playerId: 'cyd', placement: 2 }], {}],
    ['a player twice', [duel[0]!, { playerId: 'ann', placement: 2 }], {}],
    ['placements that skip', [duel[0]!, { playerId: 'bob', placement: 3 }], {}],
    ['no first', [{ playerId: 'ann', placement: 2 }, duel[1]!], {}],
    ['negative kills', [{ ...duel[0], kills: -1 }, duel[1]!], {}],
    ['an accuracy of 101', [{ ...duel[0], accuracy: 101 }, duel[1]!], {}],
    ['a completion before 1800', duel, { completedAt: '1799-12-31T00:00:00.000Z' }],
    ['a completion tomorrow', duel, { completedAt: new Date(Date.now() + 86_400_000).toISOString() }],
  ])('results of %s', async (_, results, more) => {
    const id = await started(board.id, ['ann', 'bob'])
    expect((await post(`/${id}/complete`, { results, ...more })).body).toMatchObject({ code: 'VALIDATION' })
    expect((await post(`/${id}/complete`, { results: duel })).body).toMatchObject({ verification: 'PENDING' })
  })

  test('steps out of order, of nobody, and by those who may not', async () => {
    const { body } = await define({})
    const at = `/${body.id}`
    const code = async (path: string, input?: unknown, as = server) =>
      ((await post(path, input, as)).body as unknown as { code: string }).code
    expect(await code(`${at}/complete`, { results: duel })).toBe('INVALID_TRANSITION')
    expect(await code(`${at}/verify`)).toBe('INVALID_TRANSITION')
    expect(await code(`${at}/dispute`, { reason: 'x' })).toBe('INVALID_TRANSITION')
    await post(`${at}/start`)
    expect((await post(`${at}/start`)).status).toBe(200)
    await post(`${at}/complete`, { results: duel })
    expect(await code(`${at}/start`)).toBe('INVALID_TRANSITION')
    expect(await code(`${at}/cancel`)).toBe('INVALID_TRANSITION')
    expect(await code(`${at}/complete`, { results: duel.toReversed().map((one) => ({ ...one, kills: 1 })) })).toBe(
      'INVALID_TRANSITION',
    )
    expect(await code(`${at}/dispute`, {})).toBe('VALIDATION')
    expect(await code(`${at}/dispute`, { reason: 'lag' }, await stack.client('player', 'cyd'))).toBe('FORBIDDEN')
    const ann = await stack.client('player', 'ann')
    expect((await post(`${at}/dispute`, { reason: 'lag' }, ann)).body).toMatchObject({ verification: 'DISPUTED' })
    expect(await code(`${at}/verify`, undefined, ann)).toBe('FORBIDDEN')
    expect((await post(`${at}/verify`)).body).toMatchObject({ verification: 'VERIFIED' })
    expect(await code(`${at}/dispute`, { reason: 'again' })).toBe('INVALID_TRANSITION')
    expect(await code('/none/start')).toBe('NOT_FOUND')
    expect((await ann.get('/v1/players/bob/stats')).body).toMatchObject({ code: 'FORBIDDEN' })
    expect((await server.get('/v1/players/nobody-at-all/stats')).body).toMatchObject({ code: 'NOT_FOUND' })
    const direct = await server.submit(board.id, { playerId: 'ann', score: 5000 })
    expect(direct.body).toMatchObject({ code: 'CONFLICT' })
  })

  test('a cancelled match is over', async () => {
    const id = await started(board.id, ['ann', 'bob'])
    expect((await post(`/${id}/cancel`)).body).toMatchObject({ status: 'CANCELLED', verification: null })
    expect((await post(`/${id}/cancel`)).status).toBe(200)
    expect((await post(`/${id}/complete`, { results: duel })).body).toMatchObject({ code: 'INVALID_TRANSITION' })
  })
})
