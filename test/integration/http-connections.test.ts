import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { io } from 'socket.io-client'
import { engines } from '../helpers/engines.ts'
import { exchange } from '../helpers/raw-http.ts'
import { goesOn, openStrict, requestBytes as bytes } from '../helpers/strict-http.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

const jsonType = 'Content-Type: application/json'
const webSocket = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]

describe.each(engines)('connections on %s', (transport) => {
  let stack: Stack
  let token: string
  let admin: string
  beforeAll(async () => {
    stack = await startStack({ transport, env: { ALLOWED_ORIGINS: 'https://game.example' } })
    token = await stack.token('admin', 'ops')
    admin = `Authorization: Bearer ${token}`
    await (await stack.client()).send('POST', '/v1/leaderboards', { id: 'arena' })
  })
  afterAll(async () => stack.stop())

  const submission = '{"playerId":"p1","score":9}'
  const submit = (headers: string[], body?: string) =>
    bytes('POST', '/v1/leaderboards/arena/scores', [admin, jsonType, ...headers], body)

  test('Expect: 100-continue', async () => {
    const connection = await openStrict(stack.url)
    connection.send(submit([`Content-Length: ${submission.length}`, 'Expect: 100-continue']))
    expect((await connection.answer('POST'))?.status).toBe(100)
    connection.send(submission)
    expect((await connection.answer('POST'))?.status).toBe(200)
    await goesOn(connection)
  })

  test.each([
    ['h2c', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA']],
    ['websocket', webSocket],
  ])('an offer to upgrade to %s that is not taken', async (_name, headers) => {
    const connection = await openStrict(stack.url)
    for (let again = 0; again < 2; again++) {
      connection.send(bytes('GET', '/health/live', headers))
      expect((await connection.answer('GET'))?.status).toBe(200)
      connection.send(submit(headers, submission))
      expect(JSON.parse((await connection.answer('POST'))!.body)).toMatchObject({ score: 9 })
    }
    await goesOn(connection)
  })

  test.each([
    ['of an older protocol', 'GET', '?EIO=3&transport=websocket', webSocket],
    ['without a key', 'GET', '?EIO=4&transport=websocket', webSocket.slice(0, 2)],
    ['with an unknown session', 'GET', '?EIO=4&transport=websocket&sid=x', webSocket],
    ['by POST', 'POST', '?EIO=4&transport=websocket', webSocket],
    ['of a foreign origin', 'GET', '?EIO=4&transport=websocket', [...webSocket, 'Origin: https://evil.example']],
  ])('a handshake %s is refused with one answer', async (_name, method, query, headers) => {
    const connection = await openStrict(stack.url)
    connection.send(bytes(method, `/socket.io/${query}`, headers))
    const answer = await connection.answer(method)
    expect([400, 403]).toContain(answer?.status)
    const closes = answer?.headers.get('connection') === 'close'
    await (closes ? connection.closed() : goesOn(connection))
    expect(connection.stray()).toBe('')
  })

  test('Connection: close is kept to, with a body and without', async () => {
    const requests = [
      ['GET', '/health/live', 200],
      ['HEAD', '/health/live', 200],
      ['OPTIONS', '/health/live', 204],
      ['DELETE', '/v1/leaderboards/none', 401],
    ] as const
    for (const [method, path, status] of requests) {
      const connection = await openStrict(stack.url)
      connection.send(bytes(method, path, ['Connection: close']))
      expect((await connection.answer(method))?.status).toBe(status)
      expect(await connection.closed()).toBe('')
    }
  })

  test('requests sent without waiting are answered in their order, or not at all', async () => {
    const connection = await openStrict(stack.url)
    const paths = ['/v1/leaderboards/arena', '/v1/leaderboards/none', '/v1/players/p1', '/health/live']
    connection.send(paths.map((path) => bytes('GET', path)).join(''))
    const statuses: number[] = []
    for (let answer; statuses.length < paths.length && (answer = await connection.answer('GET'));)
      statuses.push(answer.status)
    // uWebSockets.js closes a connection that does not wait; it never mixes answers up.
    const expected = [200, 404, 200, 200]
    expect(statuses).toEqual(transport === 'node' ? expected : expected.slice(0, statuses.length))
    connection.destroy()
  })

  test('what is not HTTP/1.1 gets a refusal or a closed connection', async () => {
    const lines = ['GET /health/live HTTP/1.0', 'CONNECT a:80 HTTP/1.1', 'GET /health/live HTTP/1.1']
    const answers = await Promise.all(
      [`${lines[0]}\r\nHost: a`, `${lines[1]}\r\nHost: a`, lines[2]!].map((head) =>
        exchange(stack.url, `${head}\r\n\r\n`),
      ),
    )
    const statuses = answers.map((answer) => /^HTTP\/1\.1 (\d+)[^]*\r\nConnection: close/i.exec(answer)?.[1])
    // uWebSockets.js closes them after a while, newer builds with an answer of their own.
    const refused = answers.every((answer) => !/HTTP\/1\.1 [123]/.test(answer))
    expect(transport === 'node' ? statuses : refused).toEqual(transport === 'node' ? ['200', '400', '400'] : true)
  })

  test('answers while stopping ask to close, whatever they are', async () => {
    const server = await stack.addServer()
    const tag = (await fetch(`${server.url}/docs/start.js`)).headers.get('etag')!
    const requests = [
      ['GET', '/health/ready', [], 503],
      ['GET', '/health/live', [], 200],
      ['HEAD', '/health/live', [], 200],
      ['OPTIONS', '/health/live', [], 204],
      ['GET', '/docs/start.js', [`If-None-Match: ${tag}`], 304],
    ] as const
    // Each has begun when the stop begins: an idle connection may be closed then.
    const begun = await Promise.all(
      requests.map(async ([method, path, headers]) => {
        const connection = await openStrict(server.url)
        connection.send(bytes(method, path, [...headers]).slice(0, -2))
        return connection
      }),
    )
    const held = await openStrict(server.url)
    held.send(submit([`Content-Length: ${submission.length}`]))
    const socket = io(server.url, { transports: ['websocket'], auth: { token }, forceNew: true, reconnection: false })
    const draining = new Promise((resolve) => socket.once('server:draining', resolve))
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    const exit = server.stop()
    await draining
    for (const [index, [method, , , status]] of requests.entries()) {
      begun[index]!.send('\r\n')
      const answer = await begun[index]!.answer(method)
      expect([answer?.status, answer?.headers.get('connection')]).toEqual([status, 'close'])
    }
    // Clients that could move by now are served no longer.
    await eventually(async () =>
      expect(await socket.emitWithAck('score:submit', { leaderboard: 'arena', playerId: 'p', score: 1 })).toMatchObject(
        {
          error: { code: 'UNAVAILABLE' },
        },
      ),
    )
    held.send(submission) // too late to be taken
    const late = await held.answer('POST')
    expect([late?.status, late?.headers.get('connection')]).toEqual([503, 'close'])
    expect(late?.headers.get('retry-after')).toMatch(/^[1-9]/)
    for (const connection of [...begun, held]) expect(await connection.closed()).toBe('')
    expect(await exit).toBe(0)
  })
})
