import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines } from '../helpers/engines.ts'
import { exchange, sendAndReset } from '../helpers/raw-http.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

const crlf = '\r\n'
const upgrade = (path: string) =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: a',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    crlf,
  ].join(crlf)
const handshake = upgrade('/socket.io/?EIO=4&transport=websocket')

describe.each(engines)('broken and hostile connections on %s', (transport) => {
  let stack: Stack
  let token: string
  beforeAll(async () => {
    stack = await startStack({ transport })
    token = await stack.token('server', 'game')
    await (await stack.client()).send('POST', '/v1/leaderboards', { id: 'arena' })
  })
  afterAll(async () => stack.stop())

  const submission = (length: number, body: string) =>
    [
      'POST /v1/leaderboards/arena/scores HTTP/1.1',
      'Host: a',
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      `Content-Length: ${length}`,
      '',
      body,
    ].join(crlf)

  // Serves, stored nothing but this very score, and met nothing fatal.
  async function state(): Promise<object> {
    const answer = await (await stack.client('server', 'game')).submit('arena', { playerId: 'alive', score: 1 })
    const strangers = await stack.sql`select from players where id <> 'alive'`
    const fatal = stack.servers[0]!.logs.filter((line) => line.includes('"level":60'))
    return { status: answer.status, strangers: strangers.length, fatal }
  }
  const alive = { status: 200, strangers: 0, fatal: [] }

  test('what is not HTTP', async () => {
    for (const bytes of [
      'hello',
      '\u0000\u0001\u0002',
      'GET',
      'GET / HTTP/9.9',
      '\u0016\u0003\u0001\u0002\u0000',
      `GET /\u0000 HTTP/1.1`,
    ])
      await sendAndReset(stack.url, bytes + crlf + crlf, 20)
    expect(await state()).toEqual(alive)
  })

  test('huge headers', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => `x-${index}: ${'x'.repeat(20)}`).join(crlf)
    for (const headers of [`x: ${'x'.repeat(200_000)}`, many, `Authorization: Bearer ${'x'.repeat(50_000)}`])
      await sendAndReset(stack.url, `GET /v1/leaderboards HTTP/1.1${crlf}Host: a${crlf}${headers}${crlf}${crlf}`, 50)
    expect(await state()).toEqual(alive)
  })

  test('a body that was announced too long is refused before it comes', async () => {
    const answer = await exchange(stack.url, submission(100_000_000, '{'), 'PAYLOAD_TOO_LARGE')
    expect(answer).toContain('413')
    expect(answer).toContain('application/problem+json')
    expect(await state()).toEqual(alive)
  })

  test('clients that leave: in the headers, in the body, before the answer, in the handshake', async () => {
    const body = '{"playerId":"p","score":'
    const pieces = ['GET /v1/lead', submission(500, ''), submission(500, body), handshake.slice(0, 80), handshake]
    const places = [
      '/v1/leaderboards/arena/players/p',
      '/v1/leaderboards/arena/standings?limit=1000',
      '/metrics',
      '/docs',
    ]
    const reads = places.map((path) => `GET ${path} HTTP/1.1${crlf}Host: a${crlf}${crlf}`)
    for (const bytes of [...pieces, ...reads, upgrade('/elsewhere'), upgrade('/socket.io/?EIO=3&transport=websocket')])
      await Promise.all([0, 1, 2, 5, 10].map((ms) => sendAndReset(stack.url, bytes, ms)))
    expect(await state()).toEqual(alive)
  })

  test('a stalled body and half a request are not waited for', async () => {
    const [stalled, half] = await Promise.all([
      exchange(stack.url, submission(500, '{"playerId":"p",')),
      exchange(stack.url, `GET / HTTP/1.1${crlf}Host: a${crlf}`),
    ])
    expect([stalled, half].join('')).not.toContain('200 OK')
    expect(await state()).toEqual(alive)
  })

  test('handshakes that are none', async () => {
    const queries = [
      '',
      '?EIO=4',
      '?EIO=4&transport=polling',
      '?EIO=4&transport=websocket&sid=x',
      '?transport=__proto__',
      '?%',
    ]
    for (const query of queries) {
      await sendAndReset(stack.url, upgrade(`/socket.io/${query}`), 20)
      const answer = await exchange(stack.url, `GET /socket.io/${query} HTTP/1.1${crlf}Host: a${crlf}${crlf}`, '"code"')
      expect(answer).toContain('400')
    }
    expect(await state()).toEqual(alive)
  })
})
