import type { Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RankChanged } from '../../src/contract/live.ts'
import type { Client } from '../helpers/client.ts'
import { ask, connectSocket } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// Who names no standings means GLOBAL, else the first of the leaderboard's types, wherever one may be named.

let stack: Stack
let admin: Client
let socket: Socket
beforeAll(async () => {
  stack = await startStack()
  admin = await stack.client()
  socket = await connectSocket(stack.url)
})
afterAll(async () => {
  socket?.disconnect()
  await stack?.stop()
})

const board = (id: string, definition: object) => admin.send('POST', '/v1/leaderboards', { id, ...definition })

const eventsOfStandings = [
  'standings:join',
  'standings:get',
  'rank:get',
  'rank:watch',
  'rank:unwatch',
  'around:watch',
  'around:unwatch',
]

const whoIn = (event: string) => (event.startsWith('standings:') ? {} : { playerId: 'p' })

test.each([
  ['session', 'SESSION'],
  ['region', 'REGIONAL'],
])('a leaderboard of one type, %s, has no default for any read', async (id, type) => {
  await board(id, { types: [type, 'WEEKLY'] })
  const path = `/v1/leaderboards/${id}`
  const refused = { status: 400, body: { code: 'VALIDATION', detail: expect.stringMatching(/name the standings/) } }
  for (const read of ['standings', 'players/p', 'players/p/around', 'players/p/history', 'what-if?score=1'])
    expect({ read, ...(await admin.get(`${path}/${read}`)) }).toMatchObject({ read, ...refused })
  expect(await admin.send('POST', `${path}/lookup`, { playerIds: ['p'] })).toMatchObject(refused)
  const nameless = { code: 'VALIDATION', message: expect.stringMatching(/name the standings/) }
  for (const event of eventsOfStandings)
    expect({ event, ...(await ask(socket, event, { leaderboard: id, ...whoIn(event) })) }).toMatchObject({
      event,
      error: nameless,
    })
})

test('* names all standings in a history only', async () => {
  await board('star', { types: ['GLOBAL', 'WEEKLY'] })
  const path = '/v1/leaderboards/star'
  const refused = { status: 400, body: { code: 'VALIDATION' } }
  for (const read of ['standings', 'players/p', 'players/p/around', 'what-if?score=1'])
    expect({ read, ...(await admin.get(`${path}/${read}${read.includes('?') ? '&' : '?'}standings=*`)) }).toMatchObject(
      { read, ...refused },
    )
  expect(await admin.send('POST', `${path}/lookup`, { playerIds: ['p'], standings: '*' })).toMatchObject(refused)
  for (const job of ['reconcile', 'rebuild'])
    expect(await admin.send('POST', `/v1/admin/${job}`, { leaderboard: 'star', standings: '*' })).toMatchObject(refused)
  for (const event of eventsOfStandings)
    expect({
      event,
      ...(await ask(socket, event, { leaderboard: 'star', standings: '*', ...whoIn(event) })),
    }).toMatchObject({ event, error: { code: 'VALIDATION' } })
})

test.each([
  ['from-global', ['WEEKLY', 'GLOBAL'], 'GLOBAL'],
  ['from-daily', ['DAILY', 'WEEKLY'], 'DAILY'],
])('%s: a watch without a name and one of the default are one', async (id, types, name) => {
  await board(id, { types })
  const told: RankChanged[] = []
  const listen = (change: RankChanged) => change.leaderboard === id && told.push(change)
  socket.on('rank:changed', listen)
  const [unnamed, named] = [
    { leaderboard: id, playerId: 'p' },
    { leaderboard: id, playerId: 'p', standings: name },
  ]
  await ask(socket, 'rank:watch', unnamed)
  await ask(socket, 'rank:watch', named)
  await ask(socket, 'rank:watch', { ...unnamed, playerId: 'marker' })
  const submitBoth = (score: number) =>
    admin.send('POST', `/v1/leaderboards/${id}/scores/batch`, {
      submissions: [
        { playerId: 'p', score },
        { playerId: 'marker', score },
      ],
    })
  // Both are looked up together, so an answer about one shows that the other was looked up.
  const toldOf = async (score: number) => {
    await eventually(() => expect(told.some((one) => one.playerId === 'marker' && one.score === score)).toBe(true))
    return told.filter((one) => one.playerId === 'p' && one.score === score).length
  }
  await submitBoth(1)
  expect(await toldOf(1)).toBe(1)
  await ask(socket, 'rank:unwatch', named)
  await submitBoth(2)
  expect(await toldOf(2)).toBe(0)
  socket.off('rank:changed', listen)
})

test('a watch ends also when its leaderboard is gone', async () => {
  const where = { leaderboard: 'gone', playerId: 'p' }
  await board('gone', { types: ['GLOBAL'] })
  for (let n = 0; n < 12; n++) {
    const watched = await ask(socket, 'around:watch', { ...where, playerId: `p${n}` })
    expect(watched.error?.code).toBe(n < 10 ? undefined : 'LIMIT_EXCEEDED')
  }
  await admin.send('DELETE', '/v1/leaderboards/gone')
  for (let n = 0; n < 10; n++)
    expect((await ask(socket, 'around:unwatch', { ...where, playerId: `p${n}` })).error).toBeUndefined()
  await board('gone', { types: ['GLOBAL'] })
  expect((await ask(socket, 'around:watch', where)).error).toBeUndefined()
  await ask(socket, 'around:unwatch', where)
})
