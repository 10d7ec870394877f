import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import { engines } from '../helpers/engines.ts'
import { ask, connectSocket, follow, sumOf, type Follower } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import type { Client } from '../helpers/client.ts'
import { eventually } from '../helpers/wait.ts'

describe.each(engines)('live rooms on %s', (transport) => {
  let stack: Stack
  let admin: Client
  const open: { close(): void }[] = []
  beforeAll(async () => {
    stack = await startStack({ transport })
    admin = await stack.client()
  })
  afterAll(async () => stack.stop())
  afterEach(() => open.splice(0).forEach((one) => one.close()))

  const followed = async (where: object): Promise<Follower> => {
    const follower = await follow(stack.url, where)
    open.push(follower)
    return follower
  }
  const page = async (id: string, standings = 'GLOBAL', limit = 100) =>
    (await admin.get<Page>(`/v1/leaderboards/${id}/standings?standings=${standings}&limit=${limit}`)).body
  const shown = (rows: Page['rows']) =>
    rows.map(({ playerId, displayName, score, region }) => ({
      playerId,
      displayName,
      score,
      ...(region === undefined ? {} : { region }),
    }))
  const sameAs = async (follower: Follower, id: string, standings = 'GLOBAL', limit = 100) =>
    eventually(async () => {
      const { rows, total } = await page(id, standings, limit)
      expect(follower.rows()).toEqual(shown(rows))
      expect(follower.total()).toBe(total)
    }, 8000)

  test('an empty standings is joined, and what happens then is followed', async () => {
    await stack.board('first', { types: ['GLOBAL'] })
    const follower = await followed({ leaderboard: 'first' })
    expect(follower.rows()).toEqual([])
    await admin.submit('first', { playerId: 'a', score: 5 })
    await admin.submit('first', { playerId: 'b', score: 7 })
    await sameAs(follower, 'first')
    expect(follower.rows().map((row) => row.playerId)).toEqual(['b', 'a'])
    await admin.submit('first', { playerId: 'a', score: 9 })
    await sameAs(follower, 'first')
    expect(follower.faults).toEqual([])
    expect(follower.rejoins()).toBe(0)
  })

  test('the ack of a join has everything the contract lists', async () => {
    await stack.board('ack', { types: ['GLOBAL'], decimals: 2, order: 'asc', rankStyle: 'competition', liveLimit: 3 })
    for (const [playerId, score] of [
      ['a', 1.5],
      ['b', 1.5],
      ['c', 2.25],
      ['d', 9],
    ] as const)
      await admin.submit('ack', { playerId, score })
    const follower = await followed({ leaderboard: 'ack' })
    const { data } = await ask<Record<string, unknown>>(follower.socket, 'standings:join', { leaderboard: 'ack' })
    expect(data).toMatchObject({ room: 'ack/GLOBAL', mode: 'snapshot', total: 4, limit: 3, decimals: 2, order: 'asc' })
    expect(data).toMatchObject({ rankStyle: 'competition', period: null, sum: sumOf(follower.rows(), 2) })
    expect((data!['rows'] as Page['rows']).map((row) => row.rank)).toEqual([1, 1, 3])
  })

  test('a position is resumed by deltas, by nothing when current, and by the list when it is unknown', async () => {
    await stack.board('resume', { types: ['GLOBAL'] })
    const follower = await followed({ leaderboard: 'resume' })
    for (let n = 0; n < 20; n++) await admin.submit('resume', { playerId: `p${n}`, score: n })
    await sameAs(follower, 'resume')
    await admin.submit('resume', { playerId: 'late', score: 7.5 * 2 })
    await sameAs(follower, 'resume')
    const { epoch, seq } = follower.position()
    const join = async (position: object) =>
      (
        await ask<{ mode: string; seq: number; deltas?: { seq: number }[] }>(follower.socket, 'standings:join', {
          leaderboard: 'resume',
          ...position,
        })
      ).data!
    expect(await join({ epoch, seq })).toMatchObject({ mode: 'current', seq })
    const behind = await join({ epoch, seq: seq - 1 })
    expect(behind).toMatchObject({ mode: 'deltas', seq })
    expect(behind.deltas!.map((delta) => delta.seq)).toEqual([seq])
    expect(await join({ epoch, seq: seq + 1 })).toMatchObject({ mode: 'snapshot', seq })
    expect(await join({ epoch: epoch - 1, seq })).toMatchObject({ mode: 'snapshot', seq })
    expect(await join({ epoch: epoch + 1, seq })).toMatchObject({ mode: 'snapshot', seq })
  })

  test('rows beyond liveLimit move nothing, heads carry the total', async () => {
    await stack.board('limit', { types: ['GLOBAL'], liveLimit: 2 })
    for (const n of [10, 20, 30]) await admin.submit('limit', { playerId: `p${n}`, score: n })
    const follower = await followed({ leaderboard: 'limit' })
    const { seq } = follower.position()
    await admin.submit('limit', { playerId: 'low', score: 1 })
    await eventually(() => expect(follower.total()).toBe(4), 8000)
    expect(follower.position().seq).toBe(seq)
    expect(follower.messages.map(({ event }) => event)).toContain('standings:head')
    await admin.send('DELETE', '/v1/leaderboards/limit/players/p30')
    await sameAs(follower, 'limit', 'GLOBAL', 2)
    expect(follower.rows().map((row) => row.playerId)).toEqual(['p20', 'p10'])
  })

  test('a new name is shown at once', async () => {
    await stack.board('names', { types: ['GLOBAL'] })
    await admin.submit('names', { playerId: 'namely', score: 1 })
    const follower = await followed({ leaderboard: 'names' })
    await admin.send('PUT', '/v1/players/namely', { displayName: 'Žofie 🏆', region: 'EU' })
    await eventually(
      () => expect(follower.rows()).toEqual([{ playerId: 'namely', displayName: 'Žofie 🏆', score: 1, region: 'EU' }]),
      8000,
    )
  })

  test('a session that nobody has played yet can be watched, and says when it is closed', async () => {
    await stack.board('sessions', { types: ['GLOBAL', 'SESSION'] })
    const follower = await followed({ leaderboard: 'sessions', standings: 'SESSION:final' })
    await admin.submit('sessions', { playerId: 'a', score: 3, sessionId: 'final' })
    await sameAs(follower, 'sessions', 'SESSION:final')
    await admin.send('POST', '/v1/leaderboards/sessions/sessions/final/close')
    await eventually(() => {
      const closed = follower.messages.filter(({ event }) => event === 'standings:closed')
      expect(closed.map(({ payload }) => payload)).toEqual([{ room: 'sessions/SESSION:final', next: null }])
      const heads = follower.messages.filter(
        ({ event, payload }) => event === 'standings:head' && 'next' in (payload as object),
      )
      expect(heads.at(-1)?.payload).toMatchObject({ room: 'sessions/SESSION:final', next: null })
    }, 12_000)
  })

  test('the end of a period is told once, and heads repeat what follows', async () => {
    await stack.board('daily', { types: ['GLOBAL', 'DAILY'] })
    await admin.submit('daily', { playerId: 'a', score: 3 })
    const follower = await followed({ leaderboard: 'daily', standings: 'DAILY' })
    const { data } = await ask<{ room: string; period: { startsAt: string; endsAt: string } }>(
      follower.socket,
      'standings:join',
      { leaderboard: 'daily', standings: 'DAILY' },
    )
    const next = `DAILY:${data!.period.endsAt.slice(0, 10)}`
    expect(data!.room).toBe(`daily/DAILY:${data!.period.startsAt.slice(0, 10)}`)
    // Midnight comes early for this row.
    await stack.sql`update standings set ends_at = now() + interval '1 s' where type = 'DAILY' and ends_at > now()`
    await eventually(() => {
      const heads = follower.messages.filter(({ event }) => event === 'standings:head')
      expect(heads.at(-1)?.payload).toMatchObject({ room: data!.room, next })
    }, 12_000)
    const closed = follower.messages.filter(({ event }) => event === 'standings:closed')
    expect(closed.map(({ payload }) => payload)).toEqual([{ room: data!.room, next }])
  })

  test('a leaderboard that is deleted closes its rooms once', async () => {
    await stack.board('deleted', { types: ['GLOBAL'] })
    await admin.submit('deleted', { playerId: 'a', score: 3 })
    const follower = await followed({ leaderboard: 'deleted' })
    await admin.send('DELETE', '/v1/leaderboards/deleted')
    const closed = () => follower.messages.filter(({ event }) => event === 'standings:closed')
    await eventually(() => expect(closed()).not.toEqual([]), 8000)
    await sleep(4000)
    expect(closed().map(({ payload }) => payload)).toEqual([{ room: 'deleted/GLOBAL', next: null }])
  })

  test('nothing is published for a room that everybody left; who comes back finds it whole', async () => {
    await stack.board('left', { types: ['GLOBAL'] })
    const first = await followed({ leaderboard: 'left' })
    await admin.submit('left', { playerId: 'a', score: 1 })
    await sameAs(first, 'left')
    const { epoch } = first.position()
    await ask(first.socket, 'standings:leave', { room: 'left/GLOBAL' })
    await sleep(4500)
    await admin.submit('left', { playerId: 'b', score: 2 })
    const second = await followed({ leaderboard: 'left' })
    await sameAs(second, 'left')
    expect(second.position().epoch).toBeGreaterThan(epoch)
    expect(first.rows()).toHaveLength(1)
  })

  test('bad joins and watches get their codes, and harm nobody', async () => {
    await stack.board('strict-live', { types: ['GLOBAL', 'WEEKLY'] })
    const other = await followed({ leaderboard: 'strict-live' })
    const socket = await connectSocket(stack.url)
    open.push({ close: () => socket.disconnect() })
    const codeOf = async (event: string, payload?: unknown) => (await ask(socket, event, payload)).error?.code
    expect(await codeOf('standings:join', { leaderboard: 'nowhere' })).toBe('NOT_FOUND')
    expect(await codeOf('standings:join', { leaderboard: 'strict-live', standings: 'DAILY' })).toBe('NOT_FOUND')
    expect(await codeOf('standings:join', { leaderboard: 'strict-live', standings: 'WEEKLY:2026-W54' })).toBe(
      'VALIDATION',
    )
    expect(await codeOf('standings:join', { leaderboard: 'strict-live', standings: 'WEEKLY:2999-W01' })).toBe(
      'NOT_FOUND',
    )
    for (const bad of [{ epoch: -1, seq: 0 }, { epoch: 1e300, seq: 0 }, { epoch: 'x' }, { seq: 1.5 }])
      expect(await codeOf('standings:join', { leaderboard: 'strict-live', ...bad })).toBe('VALIDATION')
    for (const bad of [null, 'x', 5, [], {}]) {
      expect(await codeOf('standings:join', bad)).toBe('VALIDATION')
      expect(await codeOf('standings:leave', bad)).toBe('VALIDATION')
      expect(await codeOf('rank:watch', bad)).toBe('VALIDATION')
    }
    expect(await codeOf('rank:watch', { leaderboard: 'strict-live' })).toBe('VALIDATION')
    expect(await codeOf('around:watch', { leaderboard: 'strict-live', playerId: 'a', span: 11 })).toBe('VALIDATION')
    // Rooms of others and one's own room cannot be left or entered by name.
    expect((await ask(socket, 'standings:leave', { room: other.socket.id! })).data).toEqual({})
    expect((await ask(socket, 'standings:leave', { room: socket.id! })).data).toEqual({})
    for (let n = 0; n < 10; n++)
      expect((await ask(socket, 'rank:watch', { leaderboard: 'strict-live', playerId: `p${n}` })).error).toBeUndefined()
    expect(await codeOf('rank:watch', { leaderboard: 'strict-live', playerId: 'p10' })).toBe('LIMIT_EXCEEDED')
    expect(await codeOf('rank:watch', { leaderboard: 'strict-live', playerId: 'p9' })).toBeUndefined()
    await admin.submit('strict-live', { playerId: 'a', score: 1 })
    await sameAs(other, 'strict-live')
  })

  test('a thousand joins on one socket end in LIMIT_EXCEEDED', async () => {
    await stack.board('many-rooms', { types: ['SESSION'] })
    const socket = await connectSocket(stack.url)
    open.push({ close: () => socket.disconnect() })
    const codes: (string | undefined)[] = []
    for (let from = 0; from < 1000; from += 100)
      codes.push(
        ...(await Promise.all(
          Array.from(
            { length: 100 },
            async (_, n) =>
              (await ask(socket, 'standings:join', { leaderboard: 'many-rooms', standings: `SESSION:s${from + n}` }))
                .error?.code,
          ),
        )),
      )
    expect(codes.filter((code) => code === undefined)).toHaveLength(100)
    expect(new Set(codes)).toEqual(new Set([undefined, 'LIMIT_EXCEEDED']))
    expect((await fetch(`${stack.url}/health/live`)).status).toBe(200)
  })

  test('what is ended right behind its request, before the answer, has ended', async () => {
    await stack.board('pipelined', { types: ['GLOBAL'] })
    await admin.submit('pipelined', { playerId: 'a', score: 1 })
    const socket = await connectSocket(stack.url)
    open.push({ close: () => socket.disconnect() })
    const told: string[] = []
    socket.onAny((event: string) => told.push(event))
    const where = { leaderboard: 'pipelined', playerId: 'a' }
    const asked = [
      ask(socket, 'rank:watch', where),
      ask(socket, 'rank:unwatch', where),
      ask(socket, 'around:watch', where),
      ask(socket, 'around:unwatch', where),
      ask(socket, 'standings:join', { leaderboard: 'pipelined' }),
      ask(socket, 'standings:leave', { room: 'pipelined/GLOBAL' }),
    ]
    for (const answer of await Promise.all(asked)) expect(answer.error).toBeUndefined()
    const other = await followed({ leaderboard: 'pipelined' })
    await admin.submit('pipelined', { playerId: 'a', score: 2 })
    await sameAs(other, 'pipelined')
    await sleep(2200)
    expect(told).toEqual([])
  })

  test('watched ranks and windows tell of changes only', async () => {
    await stack.board('watched', { types: ['GLOBAL'] })
    for (const n of [10, 20, 30, 40]) await admin.submit('watched', { playerId: `p${n}`, score: n })
    const socket = await connectSocket(stack.url, await stack.token('player', 'p20'))
    open.push({ close: () => socket.disconnect() })
    const ranks: Record<string, unknown>[] = []
    const windows: { self: { rank: number } | null; rows: { playerId: string }[] }[] = []
    socket.on('rank:changed', (message: Record<string, unknown>) => ranks.push(message))
    socket.on('around:changed', (message: (typeof windows)[number]) => windows.push(message))
    expect((await ask(socket, 'rank:watch', { leaderboard: 'watched' })).data).toMatchObject({
      playerId: 'p20',
      rank: 3,
    })
    expect((await ask(socket, 'rank:watch', { leaderboard: 'watched', playerId: 'new' })).data).toMatchObject({
      rank: null,
    })
    const first = await ask(socket, 'around:watch', { leaderboard: 'watched', span: 1 })
    expect(first.data).toMatchObject({ self: { playerId: 'p20', rank: 3 }, rows: [{}, {}, {}] })
    await sleep(2200)
    expect([ranks, windows]).toEqual([[], []])
    await admin.submit('watched', { playerId: 'p20', score: 50 })
    await admin.submit('watched', { playerId: 'new', score: 5 })
    await eventually(() => {
      expect(ranks).toContainEqual(
        expect.objectContaining({
          leaderboard: 'watched',
          standings: 'GLOBAL',
          playerId: 'p20',
          rank: 1,
          previousRank: 3,
          score: 50,
          total: 5,
        }),
      )
      expect(ranks).toContainEqual(expect.objectContaining({ playerId: 'new', rank: 5, previousRank: null, score: 5 }))
      expect(windows.at(-1)).toMatchObject({
        self: { rank: 1 },
        rows: [{ playerId: 'p20' }, { playerId: 'p40' }, { playerId: 'p30' }],
      })
    }, 5000)
    await ask(socket, 'rank:unwatch', { leaderboard: 'watched' })
    await ask(socket, 'around:unwatch', { leaderboard: 'watched' })
    const before = [ranks.length, windows.length]
    await admin.submit('watched', { playerId: 'p10', score: 60 })
    await sleep(2200)
    expect(ranks.slice(before[0]).map((one) => one['playerId'])).toEqual([])
    expect(windows).toHaveLength(before[1]!)
  })
})
