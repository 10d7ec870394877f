import { Agent, request } from 'node:http'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AckError, Issue } from '../../src/contract/errors.ts'
import { clientEvents } from '../../src/contract/events.ts'
import type { Route } from '../../src/contract/routes/route.ts'
import { routes } from '../../src/contract/routes.ts'
import type { BatchResult } from '../../src/contract/submission.ts'
import type { Client } from '../helpers/client.ts'
import { engines } from '../helpers/engines.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

interface Refusal {
  code: string
  detail: string
  issues?: Issue[]
}
const all = Object.entries<Route>(routes)
const api = all.filter(([, { access }]) => access !== 'always')
const open = all.filter(([, { access }]) => access === 'always')
/** A path of the route, to things that need not be there. */
const pathOf = ({ path }: Route) => path.replace(':file', 'start.js').replaceAll(/:\w+/g, 'x')

describe.each(engines)('what a client sends is not ignored on %s', (transport) => {
  let stack: Stack
  let admin: Client
  let token: string
  beforeAll(async () => {
    stack = await startStack({ transport })
    admin = await stack.client()
    token = await stack.token('admin', 'tester')
    await admin.send('POST', '/v1/leaderboards', { id: 'arena', operator: 'sum', types: ['GLOBAL', 'SESSION'] })
    await admin.send('POST', '/v1/leaderboards', { id: 'ladder', metric: 'rating' })
    await admin.send('POST', '/v1/leaderboards', { id: 'years', types: ['GLOBAL', 'SEASONAL'] })
    const season = { slug: 'now', leaderboard: 'years', title: 'Now' }
    await admin.send('POST', '/v1/seasons', {
      ...season,
      startsAt: '2020-01-01T00:00:00Z',
      endsAt: '2190-01-01T00:00:00Z',
    })
    await admin.submit('arena', { playerId: 'kept', score: 5, sessionId: 's1' })
  })
  afterAll(async () => stack.stop())

  const refused = async (method: string, path: string, body?: unknown) => {
    const answer = await admin.send<Refusal>(method, path, body)
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
    return answer.body
  }
  const meant = (path: string, name: string): Issue => ({ path, message: `is unknown, did you mean ${name}?` })
  const stored = async () =>
    (
      await stack.sql`select (select count(*) from submissions)::int as submissions, (select count(*) from players)::int as
      players, (select count(*) from leaderboards)::int as boards, (select count(*) from standings)::int as standings,
      (select count(*) from matches where status = 'COMPLETED')::int as completed,
      (select count(*) from seasons where ends_at < now())::int as ended`
    )[0]!
  /** One request on the connection of the agent, with a body also where fetch would send none. */
  const onto = async (agent: Agent, method: string, path: string, body = '') =>
    new Promise<{ status: number; text: string; reused: boolean }>((resolve, reject) => {
      const type = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const headers = { authorization: `Bearer ${token}`, ...(body === '' ? {} : type) }
      const outgoing = request(stack.url + path, { method, agent, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        answer.on('end', () => resolve({ status: answer.statusCode!, text, reused: outgoing.reusedSocket }))
      })
      outgoing.on('error', reject).end(body)
    })

  test('a misspelt submissionID, repeated as a retry would: refused twice, counted never', async () => {
    const before = await stored()
    for (let retry = 0; retry < 2; retry++) {
      const body = await refused('POST', '/v1/leaderboards/arena/scores', {
        playerId: 'p',
        score: 7,
        submissionID: 'm1',
      })
      expect(body.issues).toEqual([meant('submissionID', 'submissionId')])
      expect(body.detail).toBe('submissionID: is unknown, did you mean submissionId?')
    }
    const late = { playerId: 'p', score: 7, occuredAt: '2026-01-01T00:00:00Z' }
    expect((await refused('POST', '/v1/leaderboards/arena/scores', late)).issues).toEqual([
      meant('occuredAt', 'occurredAt'),
    ])
    expect(await stored()).toEqual(before)
  })

  test('in a batch the item fails alone, and names its field', async () => {
    const submissions = [
      { playerId: 'kept', score: 1, submissionId: 'b1', metadata: { submissionID: 'free' } },
      { playerId: 'kept', score: 1, submissionID: 'b2' },
    ]
    const { body } = await admin.send<BatchResult>('POST', '/v1/leaderboards/arena/scores/batch', { submissions })
    expect(body.receipts).toMatchObject([
      { applied: true },
      { submissionId: null, error: { code: 'VALIDATION', issues: [meant('submissionID', 'submissionId')] } },
    ])
    const path = '/v1/leaderboards/arena/scores/batch'
    expect((await refused('POST', path, { submissions: [], submission: [] })).issues![0]).toEqual(
      meant('submission', 'submissions'),
    )
  })

  test('a board with an operater is not defined, a match with a placment not completed', async () => {
    const board = { id: 'never', operater: 'last' }
    expect((await refused('POST', '/v1/leaderboards', board)).issues).toEqual([meant('operater', 'operator')])
    expect((await admin.get('/v1/leaderboards/never')).status).toBe(404)
    await admin.send('POST', '/v1/matches', { id: 'm', leaderboard: 'ladder', type: 'RANKED', playerIds: ['a', 'b'] })
    await admin.send('POST', '/v1/matches/m/start')
    const results = [
      { playerId: 'a', placment: 1 },
      { playerId: 'b', placement: 2 },
    ]
    const { issues } = await refused('POST', '/v1/matches/m/complete', { results })
    expect(issues![0]).toEqual(meant('results.0.placment', 'placement'))
    expect((await admin.get('/v1/matches/m')).body).toMatchObject({ status: 'IN_PROGRESS' })
  })

  test('what a GET answers may be sent back; it is of what the path names', async () => {
    const [board, player] = ['/v1/leaderboards/arena', '/v1/players/kept']
    for (const [method, path] of [
      ['PATCH', board],
      ['PUT', player],
    ] as const) {
      const { body } = await admin.get<object>(path)
      expect((await admin.send(method, path, body)).status).toBe(200)
      expect((await admin.get(path)).body).toEqual(body)
    }
    expect((await admin.send('PATCH', board, { id: 'ladder' })).status).toBe(409)
    const { issues } = await refused('PUT', player, { playerId: 'other', displayName: 'Kept' })
    expect(issues).toEqual([{ path: 'playerId', message: 'is not the player of the path' }])
  })

  test('?standing= is not the main standings', async () => {
    const { issues } = await refused('GET', '/v1/leaderboards/arena/standings?standing=SESSION:s1')
    expect(issues).toEqual([meant('standing', 'standings')])
  })

  test.each(api)('a parameter that the route does not have: %s', async (_name, route) => {
    const { issues } = await refused(route.method, `${pathOf(route)}?zzzzzz=1`, route.body && {})
    const nothing = route.query === undefined ? ': nothing is taken here' : ''
    expect(issues).toEqual(expect.arrayContaining([{ path: 'zzzzzz', message: `is unknown${nothing}` }]))
  })

  test.each(open)('pages and probes take any query: %s', async (_name, route) => {
    const [without, withQuery] = await Promise.all(
      ['', '?_=1&_=2'].map((query) => fetch(stack.url + pathOf(route) + query)),
    )
    expect(withQuery!.status).toBe(without!.status)
    expect(withQuery!.status).not.toBe(400)
  })

  test.each(all)('a body with an unknown field, on a connection that goes on: %s', async (name, route) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const path = pathOf(route) + (name === 'whatIf' ? '?score=1' : '')
    expect((await onto(agent, 'GET', '/health/live')).status).toBe(200)
    const answer = await onto(agent, route.method, path, '{"zzzzzz":1}')
    expect([answer.status, answer.reused]).toEqual([400, true])
    expect(answer.text).toContain('"path":"zzzzzz","message":"is unknown')
    expect(await onto(agent, 'GET', '/health/live')).toEqual({ status: 200, text: '{"status":"ok"}', reused: true })
    agent.destroy()
  })

  test('a reason where none is taken changes nothing; {} and nothing are taken', async () => {
    const before = await stored()
    const closings = ['/v1/leaderboards/arena/sessions/s1/close', '/v1/seasons/now/close']
    for (const path of closings) {
      const { issues } = await refused('POST', path, { reason: 'x' })
      expect(issues).toEqual([{ path: 'reason', message: 'is unknown: nothing is taken here' }])
    }
    for (const path of ['/v1/leaderboards/arena', '/v1/leaderboards/arena/players/kept', '/v1/players/kept'])
      expect((await refused('DELETE', path, { reason: 'x' })).issues![0]!.path).toBe('reason')
    for (const body of ['[]', 'x', '5', 'null', '""']) {
      const init = { method: 'DELETE', body, headers: { authorization: `Bearer ${token}` } }
      expect((await fetch(`${stack.url}/v1/leaderboards/arena`, init)).status).toBe(400)
    }
    expect(await stored()).toEqual(before)
    expect((await admin.get('/v1/leaderboards/arena/players/kept')).body).toMatchObject({ rank: 1 })
    expect((await admin.send('POST', closings[0]!, {})).status).toBe(200)
    expect((await admin.send('POST', closings[1]!)).status).toBe(200)
    expect((await admin.send('DELETE', '/v1/leaderboards/arena/players/nobody', {})).status).toBeLessThan(500)
    const empty = { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' }
    const posted = await fetch(stack.url + closings[1]!, { method: 'POST', body: '', headers: empty })
    expect(posted.status).toBe(200)
  })

  test('a body where none is taken has the limit of all: announced or not', async () => {
    const path = `${stack.url}/v1/leaderboards/arena/players/kept`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ reason: 'x'.repeat(70_000) })
    expect((await fetch(path, { method: 'DELETE', body, headers })).status).toBe(413)
    const stream = new ReadableStream({
      start(controller) {
        for (let chunk = 0; chunk < 8; chunk++) controller.enqueue(Buffer.alloc(16_384, ' '))
        controller.close()
      },
    })
    const init = { method: 'DELETE', body: stream, headers, duplex: 'half' } as RequestInit
    expect((await fetch(path, init)).status).toBe(413)
    expect((await admin.get('/v1/leaderboards/arena/players/kept')).status).toBe(200)
  })

  test.each(api.filter(([, { method, idempotencyKey }]) => method !== 'GET' && !idempotencyKey))(
    'an Idempotency-Key that means nothing: %s',
    async (_name, route) => {
      const answer = await fetch(stack.url + pathOf(route), {
        method: route.method,
        headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'k', 'content-type': 'application/json' },
        ...(route.body === undefined ? {} : { body: '{}' }),
      })
      const body = (await answer.json()) as Refusal
      expect([answer.status, body.code, body.issues?.[0]?.path]).toEqual([400, 'VALIDATION', 'Idempotency-Key'])
    },
  )

  describe('over Socket.IO', () => {
    const options = { transports: ['websocket'], forceNew: true, reconnection: false }
    const connect = async (more: object) =>
      new Promise<AckError | 'connected'>((resolve) => {
        const socket = io(stack.url, { ...options, ...more })
        socket
          .once('connect', () => resolve('connected'))
          .once('connect_error', (error: Error & { data?: AckError }) => resolve(error.data!))
        socket.once('connect', () => socket.disconnect())
      })
    const unknown = (path: string, name?: string) => ({
      code: 'VALIDATION',
      retryable: false,
      issues: [{ path, message: name === undefined ? 'is unknown' : `is unknown, did you mean ${name}?` }],
    })

    test('a handshake that names its token otherwise is refused, not a spectator', async () => {
      expect(await connect({ auth: { Token: token } })).toMatchObject(unknown('auth.Token', 'token'))
      expect(await connect({ auth: { tokn: token } })).toMatchObject(unknown('auth.tokn', 'token'))
      expect(await connect({ auth: { token, role: 'admin' } })).toMatchObject(unknown('auth.role'))
      expect(await connect({ query: { token } })).toMatchObject(unknown('query.token'))
      expect(await connect({ extraHeaders: { Authorization: `Bearer ${token}` } })).toMatchObject({
        code: 'VALIDATION',
        issues: [{ path: 'Authorization' }],
      })
    })

    test('what socket.io adds itself is taken', async () => {
      expect(await connect({ auth: { token, pid: 'p', offset: 'o' } })).toBe('connected')
      expect(await connect({ auth: {}, timestampRequests: true })).toBe('connected')
      expect(await connect({ extraHeaders: { Authorization: 'Basic YTpi' } })).toBe('connected')
    })

    test('every event refuses an unknown field and a second argument, and nothing changes', async () => {
      const before = await stored()
      const socket = io(stack.url, { ...options, auth: { token } })
      const ask = async (...args: [string, ...unknown[]]) =>
        ((await socket.timeout(10_000).emitWithAck(...args)) as { error?: AckError }).error
      for (const event of Object.keys(clientEvents)) {
        const payload = { leaderboard: 'arena', playerId: 'p', score: 1, room: 'arena/GLOBAL', zzzzzz: 1 }
        const error = await ask(event, payload)
        expect(error).toMatchObject({ code: 'VALIDATION' })
        expect(error!.issues).toContainEqual({ path: 'zzzzzz', message: 'is unknown' })
      }
      const submission = { leaderboard: 'arena', playerId: 'p', score: 1 }
      expect(await ask('score:submit', { ...submission, submissionID: 'm' })).toMatchObject({
        code: 'VALIDATION',
        message: 'submissionID: is unknown, did you mean submissionId?',
      })
      expect(await ask('score:submit', submission, { submissionId: 'm' })).toMatchObject({ code: 'VALIDATION' })
      expect(await stored()).toEqual(before)
      // The payload of a watch ends it.
      const watched = { leaderboard: 'arena', playerId: 'kept', span: 2 }
      expect(await ask('around:watch', watched)).toBeUndefined()
      expect(await ask('around:unwatch', watched)).toBeUndefined()
      socket.disconnect()
    })
  })
})
