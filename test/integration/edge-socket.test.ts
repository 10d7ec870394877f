import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { AckError } from '../../src/contract/errors.ts'
import type { Page, Place } from '../../src/contract/reads.ts'
import type { Receipt } from '../../src/contract/submission.ts'
import { engines } from '../helpers/engines.ts'
import { forgeTokens } from '../helpers/forged-tokens.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

interface Answer<Data = unknown> {
  data?: Data
  error?: AckError
}
const nested = (levels: number) => JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels)) as object

describe.each(engines)('Socket.IO on %s', (transport) => {
  let stack: Stack
  const sockets: Socket[] = []
  beforeAll(async () => {
    stack = await startStack({ transport, env: { PLAYER_SUBMITS_PER_S: '5' } })
    const admin = await stack.client()
    await admin.send('POST', '/v1/leaderboards', { id: 'strict', minScore: 0, maxScore: 1000 })
    await admin.send('POST', '/v1/leaderboards', { id: 'own', submitBy: 'player' })
  })
  afterAll(async () => stack.stop())
  afterEach(() => sockets.splice(0).forEach((socket) => socket.disconnect()))

  const open = (auth: object): Socket => {
    const socket = io(stack.url, { transports: ['websocket'], auth, forceNew: true, reconnection: false })
    sockets.push(socket)
    return socket
  }
  async function connect(auth: object): Promise<Socket> {
    const socket = open(auth)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('connect_error', reject)
    })
    return socket
  }
  const connectAs = async (role: string, sub: string, ttl?: number) =>
    connect({ token: await stack.token(role, sub, ttl) })
  const ask = async <Data = unknown>(socket: Socket, event: string, ...args: unknown[]) =>
    (await socket.timeout(10_000).emitWithAck(event, ...args)) as Answer<Data>
  const refusalOf = async (auth: object) =>
    new Promise<unknown>((resolve, reject) => {
      const socket = open(auth)
      socket.once('connect', () => reject(new Error('was let in')))
      socket.once('connect_error', (error: Error & { data?: unknown }) => resolve(error.data))
    })
  const count = async () => (await stack.sql`select count(*)::int as n from submissions`)[0]!.n as number
  const healthy = async () => expect((await fetch(`${stack.url}/health`)).status).toBe(200)

  test('a bad token is a connect_error whose data is the error', async () => {
    const bad = [...(await forgeTokens(stack.env.AUTH_SECRET!)), 5, {}, [], true, ''].map((token) => ({ token }))
    for (const auth of bad)
      expect(await refusalOf(auth)).toMatchObject({
        code: 'UNAUTHENTICATED',
        message: expect.any(String) as string,
        retryable: false,
      })
    await healthy()
  })

  test('a spectator reads, and may not submit', async () => {
    const socket = await connect({})
    const page = await ask<Page>(socket, 'standings:get', { leaderboard: 'strict' })
    expect(page.data).toMatchObject({ leaderboard: 'strict', standings: 'GLOBAL', total: 0, rows: [] })
    const submit = await ask(socket, 'score:submit', { leaderboard: 'strict', playerId: 'p', score: 1 })
    expect(submit.error).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false })
    expect((await ask(socket, 'rank:get', { leaderboard: 'strict' })).error?.code).toBe('VALIDATION')
  })

  test('bad payloads get a coded error and store nothing', async () => {
    const socket = await connectAs('server', 'game')
    const submit = (fields: object) => ({ leaderboard: 'strict', playerId: 'p', ...fields })
    const bad: [string, string, unknown[]][] = [
      ['VALIDATION', 'score:submit', []],
      ...[null, 5, 'x', true, [], [1]].map((payload): [string, string, unknown[]] => [
        'VALIDATION',
        'score:submit',
        [payload],
      ]),
      ...[submit({}), submit({ score: '5' }), submit({ score: null }), submit({ score: 1.5 })].map(
        (payload): [string, string, unknown[]] => ['VALIDATION', 'score:submit', [payload]],
      ),
      ['VALIDATION', 'score:submit', [submit({ score: 1, playerId: 'p p' })]],
      ['VALIDATION', 'score:submit', [submit({ score: 1, playerId: 'p\u0000' })]],
      ['VALIDATION', 'score:submit', [submit({ score: 1, submissionId: 'x'.repeat(65) })]],
      ['VALIDATION', 'score:submit', [submit({ score: 1, metadata: nested(1000) })]],
      ['VALIDATION', 'score:submit', [submit({ score: 1, blob: Buffer.alloc(8) })]],
      ['VALIDATION', 'score:submit', [Buffer.alloc(8), Buffer.alloc(8)]],
      ['NOT_FOUND', 'score:submit', [{ leaderboard: 'unknown', playerId: 'p', score: 1 }]],
      ['SCORE_OUT_OF_RANGE', 'score:submit', [submit({ score: 2 ** 53 })]],
      ['PAYLOAD_TOO_LARGE', 'score:submit', [submit({ score: 1, x: 'x'.repeat(16_384) })]],
      ['PAYLOAD_TOO_LARGE', 'score:submit', [submit({ score: 1, x: '\u20ac'.repeat(6000) })]],
      ['VALIDATION', 'standings:get', [{ leaderboard: 'strict', limit: 201 }]],
      ['VALIDATION', 'standings:get', [{ leaderboard: 'strict', standings: 'WEEKLY:2026-W54' }]],
      ['NOT_FOUND', 'standings:get', [{ leaderboard: 'unknown' }]],
      ['NOT_FOUND', 'rank:get', [{ leaderboard: 'unknown', playerId: 'p' }]],
      ['VALIDATION', 'score:submit', [submit({ score: 1 }), {}]],
      ['VALIDATION', 'score:submit', [submit({ score: 1 }), () => undefined]],
      ['VALIDATION', 'standings:get', [{ leaderboard: 'strict' }, 1, { x: 2 }]],
      ['VALIDATION', 'no:such', [{}]],
      ['VALIDATION', 'error', [{}]],
      ['VALIDATION', '__proto__', [{}]],
      ['VALIDATION', 'constructor', [{}]],
    ]
    for (const [code, event, args] of bad)
      expect([event, (await ask(socket, event, ...args)).error?.code]).toEqual([event, code])
    expect(await count()).toBe(0)
    await healthy()
  })

  test('a player: own scores only, own rank by default, not ranked yet is no error', async () => {
    const socket = await connectAs('player', 'ann')
    const before = await ask<Place>(socket, 'rank:get', { leaderboard: 'own' })
    expect(before.data).toMatchObject({ playerId: 'ann', rank: null, score: null, percentile: null, total: 0 })
    const other = await ask(socket, 'score:submit', { leaderboard: 'own', playerId: 'bob', score: 1 })
    expect(other.error?.code).toBe('FORBIDDEN')
    const strict = await ask(socket, 'score:submit', { leaderboard: 'strict', score: 1 })
    expect(strict.error?.code).toBe('FORBIDDEN')
    const receipt = await ask<Receipt>(socket, 'score:submit', { leaderboard: 'own', score: 7, submissionId: 's1' })
    expect(receipt.data).toMatchObject({ playerId: 'ann', applied: true, standings: [{ rank: 1, total: 1 }] })
    const again = await ask<Receipt>(socket, 'score:submit', { leaderboard: 'own', score: 7, submissionId: 's1' })
    expect(again.data).toMatchObject({ duplicate: true })
    expect((await ask<Place>(socket, 'rank:get', { leaderboard: 'own' })).data).toMatchObject({ rank: 1, score: 7 })
  })

  test('too many submissions of one player are RATE_LIMITED, over both edges', async () => {
    const socket = await connectAs('player', 'eve')
    const client = await stack.client('player', 'eve')
    const submit = async (): Promise<AckError | undefined> =>
      (await ask(socket, 'score:submit', { leaderboard: 'own', score: 1 })).error
    const answers = await Promise.all(Array.from({ length: 20 }, submit))
    const limited = answers.filter((error) => error?.code === 'RATE_LIMITED')
    expect(limited.length).toBeGreaterThan(0)
    expect(limited[0]).toMatchObject({ retryable: true, retryAfterMs: expect.any(Number) as number })
    const batch = Array.from({ length: 6 }, () => ({ score: 1 }))
    const http = await client.send('POST', '/v1/leaderboards/own/scores/batch', { submissions: batch })
    expect(http.status).toBe(429)
    expect(http.headers.get('retry-after')).toBe('1')
  })

  test('without an ack a submission still counts, everything else is ignored', async () => {
    const socket = await connectAs('server', 'game')
    const before = await count()
    socket.emit('no:such', {})
    socket.emit('error')
    socket.emit('standings:get', { leaderboard: 'strict' })
    socket.emit('score:submit', Buffer.alloc(8))
    socket.emit('score:submit', { leaderboard: 'own', playerId: 'quiet', score: 4 }, { submissionId: 'apart' })
    socket.emit('score:submit', { leaderboard: 'own', playerId: 'quiet', score: 3 })
    const place = { leaderboard: 'own', playerId: 'quiet' }
    await expect.poll(async () => (await ask<Place>(socket, 'rank:get', place)).data?.score).toBe(3)
    expect(await count()).toBe(before + 1)
  })

  test('more requests in flight than a connection may have are OVERLOADED', async () => {
    const socket = await connectAs('server', 'game')
    const answers = await Promise.all(
      Array.from({ length: 2000 }, () =>
        ask(socket, 'score:submit', { leaderboard: 'own', playerId: 'busy', score: 1 }),
      ),
    )
    const codes = new Set(answers.map(({ error }) => error?.code))
    expect(codes).toEqual(new Set([undefined, 'OVERLOADED']))
    expect((await ask(socket, 'standings:get', { leaderboard: 'own' })).data).toBeDefined()
  })

  test('a frame over 64 KiB closes its connection and no other', async () => {
    const [loud, quiet] = [await connect({}), await connect({})]
    const closed = new Promise((resolve) => loud.once('disconnect', resolve))
    loud.emit('standings:get', { leaderboard: 'strict', x: 'x'.repeat(70_000) }, () => undefined)
    await closed
    expect((await ask(quiet, 'standings:get', { leaderboard: 'strict' })).data).toBeDefined()
    await healthy()
  })

  test('a connection ends with its token: nothing is taken from it or sent to it any more', async () => {
    const [expiring, spectator] = [await connectAs('server', 'game', 2), await connect({})]
    const heard = { expiring: 0, spectator: 0 }
    expiring.on('standings:delta', () => heard.expiring++)
    spectator.on('standings:delta', () => heard.spectator++)
    const ended = new Promise((resolve) => expiring.once('disconnect', resolve))
    for (const socket of [expiring, spectator])
      expect((await ask(socket, 'standings:join', { leaderboard: 'strict' })).data).toBeDefined()

    const codes = new Set<string | undefined>()
    let score = 0
    const submitting = (async () => {
      while (expiring.connected) {
        const submission = { leaderboard: 'strict', playerId: 'late', score: ++score % 1000 }
        codes.add((await ask(expiring, 'score:submit', submission).catch(() => null))?.error?.code)
      }
    })()
    // The server's word for it: who knows that its token was renewed connects again.
    expect(await ended).toBe('io server disconnect')
    await submitting
    expect([...codes].filter((code) => code !== undefined && code !== 'UNAUTHENTICATED')).toEqual([])

    const before = { ...heard }
    const client = await stack.client()
    for (const playerId of ['e1', 'e2']) await client.submit('strict', { playerId, score: 1 })
    await expect.poll(() => heard.spectator).toBeGreaterThan(before.spectator)
    expect(heard.expiring).toBe(before.expiring)
    expect(spectator.connected).toBe(true)
  })
})
