import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AroundChanged } from '../../src/contract/live.ts'
import type { Around, Lookup, Page, Place } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { sealByHand } from '../helpers/oracle/every-list.ts'
import { ask, connectSocket } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// Where in the list somebody is, and in a set, among equals: from Redis, from sealed standings, and from Postgres.

let stack: Stack
let admin: Client
beforeAll(async () => {
  stack = await startStack()
  admin = await stack.client()
})
afterAll(() => stack.stop())

const players = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
/** Three groups of equals, whichever way they are sorted. */
const scores = [90, 90, 90, 80, 80, 70, 70]
const boards = (['competition', 'ordinal'] as const).flatMap((rankStyle) =>
  (['desc', 'asc'] as const).flatMap((order) =>
    (['first', 'last', 'id'] as const).map((ties) => ({ id: `${rankStyle}-${order}-${ties}`, rankStyle, order, ties })),
  ),
)
type Board = (typeof boards)[number]

const path = ({ id }: Board) => `/v1/leaderboards/${id}`
const selectors = ['GLOBAL', 'SESSION:s']

beforeAll(async () => {
  for (const board of boards) {
    const definition = { ...board, types: ['GLOBAL', 'SESSION'] }
    await admin.send('POST', '/v1/leaderboards', definition)
    // One by one: who came first counts.
    for (const [at, playerId] of players.entries())
      await admin.submit(board.id, { playerId, score: scores[at], sessionId: 's' })
    await sealByHand(stack, board.id, 's', board)
  }
})

/** The list as anybody would sort it, of players sent in the order of their ids. */
function listOf({ rankStyle, order, ties }: Board) {
  const list = players.map((playerId, at) => ({ playerId, score: scores[at]! }))
  if (ties === 'last') list.reverse()
  list.sort((a, b) => (order === 'desc' ? b.score - a.score : a.score - b.score))
  const rankIn = (among: typeof list, one: (typeof list)[number]) =>
    rankStyle === 'ordinal' ? among.indexOf(one) + 1 : among.findIndex(({ score }) => score === one.score) + 1
  return { rows: list.map((one, index) => ({ ...one, index, rank: rankIn(list, one) })), rankIn }
}

async function expectPlaces(board: Board, standings: string, source: 'redis' | 'postgres'): Promise<void> {
  const { rows, rankIn } = listOf(board)
  const named = `standings=${standings}`
  for (const row of rows) {
    const place = await admin.get<Place>(`${path(board)}/players/${row.playerId}?${named}`)
    expect(place.body).toMatchObject({ ...row, source })
    // Its page has it.
    const [limit, { index }] = [3, place.body]
    const page = await admin.get<Page>(
      `${path(board)}/standings?${named}&limit=${limit}&offset=${index! - (index! % limit)}`,
    )
    expect(page.body.rows[index! % limit]).toMatchObject({ playerId: row.playerId, rank: row.rank })

    const around = await admin.get<Around>(`${path(board)}/players/${row.playerId}/around?${named}&span=1`)
    const start = Math.max(0, Math.min(row.index - 1, rows.length - 3))
    expect(around.body).toMatchObject({ source, self: row, rows: rows.slice(start, start + 3) })
  }
  const some = rows.filter(({ playerId }) => 'abcdg'.includes(playerId))
  const { body } = await admin.send<Lookup>('POST', `${path(board)}/lookup`, {
    playerIds: ['g', 'd', 'c', 'b', 'a', 'x'],
    standings,
  })
  expect(body).toMatchObject({
    source,
    missing: ['x'],
    rows: some.map((row) => ({ ...row, position: rankIn(some, row) })),
  })
}

describe.each(boards)('$id', (board) => {
  test.each(selectors)('%s', async (standings) => {
    expect.hasAssertions()
    await expectPlaces(board, standings, standings === 'GLOBAL' ? 'redis' : 'postgres')
  })
})

test('over a socket, where a change of the place alone is told', async () => {
  const board = { id: 'live', rankStyle: 'competition', order: 'desc', ties: 'last', types: ['GLOBAL'] }
  await admin.send('POST', '/v1/leaderboards', board)
  const where = { leaderboard: 'live', playerId: 'a' }
  const socket = await connectSocket(stack.url, await stack.token('server', 'game'))
  for (const event of ['rank:get', 'rank:watch'])
    expect((await ask<Place>(socket, event, where)).data).toMatchObject({ rank: null, index: null })
  await admin.submit('live', { playerId: 'a', score: 5 })
  expect((await ask<Place>(socket, 'rank:get', where)).data).toMatchObject({ rank: 1, index: 0 })
  const windows: AroundChanged[] = []
  socket.on('around:changed', (change: AroundChanged) => windows.push(change))
  const first = { rank: 1, playerId: 'a', index: 0 }
  expect((await ask<Around>(socket, 'around:watch', { ...where, span: 0 })).data).toMatchObject({
    self: first,
    rows: [first],
  })
  // Ahead of its equal, which keeps its rank.
  await admin.submit('live', { playerId: 'b', score: 5 })
  await eventually(() =>
    expect(windows.at(-1)).toMatchObject({ self: { ...first, index: 1 }, rows: [{ ...first, index: 1 }] }),
  )

  await admin.send('POST', '/v1/players/a/ban', { reason: 'cheats' })
  expect((await ask<Place>(socket, 'rank:get', where)).data).toMatchObject({ rank: null, index: null, hidden: true })
  await admin.send('POST', '/v1/players/a/unban')
  socket.disconnect()
})

test('from Postgres, while Redis is away', { timeout: 240_000 }, async () => {
  await stack.redis.stop()
  await eventually(async () => {
    const { body } = await admin.get<Page>(`${path(boards[0]!)}/standings`)
    expect(body.source).toBe('postgres')
  })
  for (const board of boards) await expectPlaces(board, 'GLOBAL', 'postgres')
})
