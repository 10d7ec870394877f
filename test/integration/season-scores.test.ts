import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../helpers/client.ts'
import { ask, connectSocket, follow } from '../helpers/follower.ts'
import { at, definition, hour, seasonal, seasonCalls } from '../helpers/seasons.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let admin: Client
let other: Client
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  admin = await stack.client()
  other = await stack.client('admin', 'tester', 1)
})
afterAll(async () => stack.stop())
const { board, post, close, list, read, submit } = seasonCalls(() => admin)

describe('scores of a season', () => {
  test('go to the season of their instant, and a bare SEASONAL is the active one', async () => {
    await board('scores')
    // Before any season: the other standings take it.
    expect((await submit('scores', { playerId: 'early', score: 9 })).standings).toMatchObject([{ standings: 'GLOBAL' }])
    expect(await read('scores', 'SEASONAL')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    await post(definition('scores', 'scores-old', -20 * hour, -10 * hour))
    await post(definition('scores', 'scores-now', -hour, hour))
    await post(definition('scores', 'scores-next', hour, 2 * hour))
    expect((await read('scores', 'SEASONAL')).body).toMatchObject({
      standings: 'SEASONAL:scores-now',
      total: 0,
      rows: [],
      period: { status: 'OPEN' },
    })
    const receipt = await submit('scores', { playerId: 'a', score: 5 })
    expect(seasonal(receipt)).toMatchObject([{ standings: 'SEASONAL:scores-now', applied: true, score: 5, rank: 1 }])
    // Long over, beyond the minute of grace.
    const late = await submit('scores', { playerId: 'a', score: 50, occurredAt: at(-15 * hour) })
    expect(late.standings).toMatchObject([
      { standings: 'GLOBAL', applied: true },
      { standings: 'SEASONAL:scores-old', applied: false, reason: 'WINDOW_CLOSED' },
    ])
    // Between two seasons there is none.
    const between = await submit('scores', { playerId: 'a', score: 60, occurredAt: at(-5 * hour) })
    expect(between.standings).toMatchObject([{ standings: 'GLOBAL' }])
    const rowsOf = async (standings: string) =>
      (await read('scores', standings)).body.rows.map(({ playerId, score }) => [playerId, score])
    expect(await rowsOf('SEASONAL')).toEqual([['a', 5]])
    expect(await rowsOf('SEASONAL:scores-old')).toEqual([])
    expect(await rowsOf('GLOBAL')).toEqual([
      ['a', 60],
      ['early', 9],
    ])
    for (const standings of ['SEASONAL:scores-next', 'SEASONAL:never'])
      expect(await read('scores', standings)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await read('scores', 'SEASONAL:No')).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
  })

  test('count for an ended season while its grace lasts, and no longer', async () => {
    await board('grace', { types: ['SEASONAL'], graceMs: 12 * hour })
    await board('no-grace', { types: ['SEASONAL'], graceMs: 0 })
    for (const id of ['grace', 'no-grace']) await post(definition(id, id, -10 * hour, -hour))
    const late = { playerId: 'a', score: 5, occurredAt: at(-2 * hour) }
    expect(seasonal(await submit('grace', late))).toMatchObject([{ standings: 'SEASONAL:grace', applied: true }])
    expect((await submit('no-grace', late)).code).toBe('WINDOW_CLOSED')
    // Now belongs to no season of these boards.
    expect((await submit('grace', { playerId: 'a', score: 6 })).code).toBe('VALIDATION')
    expect((await read('grace', 'SEASONAL:grace')).body).toMatchObject({
      total: 1,
      rows: [{ playerId: 'a', score: 5 }],
    })
  })

  test('are placed by another node within a second of the season', async () => {
    await board('nodes')
    await submit('nodes', { playerId: 'a', score: 1 }, other)
    await post(definition('nodes', 'nodes', -hour, hour))
    await eventually(async () => {
      const receipt = await submit('nodes', { playerId: 'a', score: 2 }, other)
      expect(seasonal(receipt)).toMatchObject([{ standings: 'SEASONAL:nodes', score: 2 }])
      expect((await read('nodes', 'SEASONAL', other)).body).toMatchObject({ standings: 'SEASONAL:nodes' })
    }, 5000)
  })
})

describe('a season that is closed by hand', () => {
  test('ends now, on every node, and takes late scores from before', async () => {
    await board('closed', { graceMs: hour })
    await post(definition('closed', 'closed', -hour, hour))
    const before = at(-1000)
    await submit('closed', { playerId: 'a', score: 1 })
    await eventually(async () => expect((await read('closed', 'SEASONAL', other)).status).toBe(200))
    const closed = await close('closed')
    expect(closed).toMatchObject({ status: 200, body: { slug: 'closed', status: 'ENDED' } })
    expect(Math.abs(Date.parse(closed.body.endsAt) - Date.now())).toBeLessThan(60_000)
    // At once here.
    expect((await read('closed', 'SEASONAL')).status).toBe(404)
    expect((await read('closed', 'SEASONAL:closed')).body.period).toMatchObject({
      endsAt: closed.body.endsAt,
      status: 'CLOSING',
    })
    expect((await submit('closed', { playerId: 'a', score: 2 })).standings).toMatchObject([{ standings: 'GLOBAL' }])
    // The other node may not know yet: what comes after the end is refused all the same.
    const there = await submit('closed', { playerId: 'b', score: 3 }, other)
    expect(seasonal(there).map(({ reason }) => reason)).not.toContain(null)
    for (const client of [admin, other]) {
      const late = await submit('closed', { playerId: 'late', score: 4, occurredAt: before }, client)
      expect(seasonal(late)).toMatchObject([{ standings: 'SEASONAL:closed', score: 4 }])
    }
    const { rows } = (await read('closed', 'SEASONAL:closed')).body
    expect(rows.map(({ playerId, score }) => [playerId, score])).toEqual([
      ['late', 4],
      ['a', 1],
    ])
    await eventually(async () => expect((await read('closed', 'SEASONAL', other)).status).toBe(404), 5000)
    // Again changes nothing; a new season may begin where it ended.
    expect(await close('closed', other)).toMatchObject({ status: 200, body: closed.body })
    const next = { ...definition('closed', 'closed-2', 0, hour), startsAt: closed.body.endsAt }
    expect((await post(next, other)).status).toBe(201)
    expect((await list('closed')).map(({ status }) => status)).toEqual(['ENDED', 'ACTIVE'])
  })

  test('two nodes close it once', async () => {
    await board('twice')
    await post(definition('twice', 'twice', -hour, hour))
    const answers = await Promise.all([admin, other, admin, other].map((client) => close('twice', client)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const ends = await stack.sql`
      select s.ends_at = t.ends_at as same from seasons s join standings t on t.id = s.standings_id where slug = 'twice'`
    expect(ends).toMatchObject([{ same: true }])
    const { endsAt } = (await list('twice'))[0]!
    expect(answers.filter(({ body }) => body.endsAt === endsAt).length).toBeGreaterThanOrEqual(1)
    expect((await close('twice')).body.endsAt).toBe(endsAt)
  })

  test('cannot be closed before it begins, and one that is over stays as it was', async () => {
    await board('when')
    const past = definition('when', 'when-past', -2 * hour, -hour)
    await post(past)
    await post(definition('when', 'when-next', hour, 2 * hour))
    expect(await close('when-next')).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
    expect(await close('when-past')).toMatchObject({ status: 200, body: { endsAt: past.endsAt, status: 'ENDED' } })
    expect(await close('never')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    expect(await close('Never')).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
  })

  test('is told to its room, whichever node publishes it, and heads name the one that follows', async () => {
    await board('live')
    await post(definition('live', 'live-1', -hour, hour))
    await submit('live', { playerId: 'a', score: 1 })
    const followers = [await follow(stack.url, { leaderboard: 'live', standings: 'SEASONAL' })]
    try {
      await eventually(async () => {
        followers.push(await follow(stack.servers[1]!.url, { leaderboard: 'live', standings: 'SEASONAL' }))
      }, 5000)
      const socket = await connectSocket(stack.url)
      expect(
        (await ask(socket, 'standings:join', { leaderboard: 'live', standings: 'SEASONAL:live-2' })).error?.code,
      ).toBe('NOT_FOUND')
      socket.disconnect()
      const { endsAt } = (await close('live-1', other)).body
      const room = 'live/SEASONAL:live-1'
      const told = (event: string) =>
        followers.map(({ messages }) =>
          messages.filter((one) => one.event === event).map((one) => one.payload as object),
        )
      await eventually(() => {
        for (const closings of told('standings:closed')) expect(closings).toEqual([{ room, next: null }])
        for (const heads of told('standings:head')) expect(heads.at(-1)).toMatchObject({ room, next: null })
      }, 12_000)
      await post({ ...definition('live', 'live-2', 0, hour), startsAt: endsAt })
      await eventually(() => {
        for (const heads of told('standings:head'))
          expect(heads.at(-1)).toMatchObject({ room, next: 'SEASONAL:live-2' })
      }, 12_000)
      expect(told('standings:closed').map(({ length }) => length)).toEqual([1, 1])
    } finally {
      followers.forEach((follower) => follower.close())
    }
  })

  test('a season that ends by the clock is followed by the one that begins then', async () => {
    await board('clock')
    const first = definition('clock', 'clock-1', -hour, 6000)
    await post(first)
    await post({ ...definition('clock', 'clock-2', 0, hour), startsAt: first.endsAt })
    const follower = await follow(stack.url, { leaderboard: 'clock', standings: 'SEASONAL' })
    try {
      await eventually(() => {
        const closed = follower.messages.filter(({ event }) => event === 'standings:closed')
        expect(closed.map(({ payload }) => payload)).toEqual([
          { room: 'clock/SEASONAL:clock-1', next: 'SEASONAL:clock-2' },
        ])
      }, 20_000)
      expect((await read('clock', 'SEASONAL')).body.standings).toBe('SEASONAL:clock-2')
      const receipt = await submit('clock', { playerId: 'a', score: 1 })
      expect(seasonal(receipt)).toMatchObject([{ standings: 'SEASONAL:clock-2' }])
    } finally {
      follower.close()
    }
  })
})
