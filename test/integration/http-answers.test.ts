import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routes } from '../../src/contract/routes.ts'
import { engines } from '../helpers/engines.ts'
import {
  chunk,
  goesOn,
  openStrict,
  requestBytes as bytes,
  type Answer,
  type StrictConnection,
} from '../helpers/strict-http.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

const origin = 'https://game.example'
const jsonType = 'Content-Type: application/json'

describe.each(engines)('answers on raw connections on %s', (transport) => {
  let stack: Stack
  let admin: string
  let player: string
  beforeAll(async () => {
    stack = await startStack({
      transport,
      env: { ALLOWED_ORIGINS: origin, PLAYER_SUBMITS_PER_S: '1' },
    })
    admin = `Authorization: Bearer ${await stack.token('admin', 'ops')}`
    player = `Authorization: Bearer ${await stack.token('player', 'ann')}`
    const client = await stack.client()
    await client.send('POST', '/v1/leaderboards', { id: 'arena', submitBy: 'player' })
    await client.send('POST', '/v1/leaderboards', { id: 'ladder', metric: 'rating' })
    await client.submit('arena', { playerId: 'p1', score: 7 })
    await client.send('POST', '/v1/matches', { id: 'm1', leaderboard: 'ladder', type: 'RANKED', playerIds: ['a', 'b'] })
  })
  afterAll(async () => stack.stop())

  async function ask(connection: StrictConnection, method: string, path: string, headers?: string[], body?: string) {
    connection.send(bytes(method, path, headers, body))
    const answer = await connection.answer(method)
    if (answer === null) throw new Error(`${method} ${path}: closed without an answer`)
    return answer
  }

  const submission = '{"playerId":"p1","score":9}'
  // Method, path, headers, body and the status; in this order.
  const requests = (): [string, string, string[], string | undefined, number][] => [
    ['POST', '/v1/leaderboards', [admin, jsonType], '{"id":"passing"}', 201],
    ['POST', '/v1/leaderboards', [admin, jsonType], '{"id":"passing"}', 200],
    ['DELETE', '/v1/leaderboards/passing', [admin], undefined, 204],
    ['DELETE', '/v1/leaderboards/passing', [admin], '', 404],
    ['PUT', '/v1/players/new', [admin, jsonType], '{"displayName":"New"}', 201],
    ['DELETE', '/v1/players/new', [admin], undefined, 204],
    ['POST', '/v1/leaderboards/arena/scores', [admin, jsonType], submission, 200],
    ['POST', '/v1/leaderboards/arena/scores', [player, jsonType], '{"score":1}', 200],
    ['POST', '/v1/leaderboards/arena/scores', [player, jsonType], '{"score":2}', 429],
    ['POST', '/v1/leaderboards/arena/scores', [jsonType], submission, 401],
    ['POST', '/v1/leaderboards/arena/scores', [admin], submission, 400],
    ['POST', '/v1/leaderboards/arena/scores', [admin, jsonType], '{"playerId":', 400],
    ['POST', '/v1/leaderboards/arena/scores', [admin, jsonType], 'x'.repeat(100_000), 413],
    ['POST', '/v1/admin/reconcile', [player], undefined, 403],
    [
      'OPTIONS',
      '/v1/leaderboards/arena/scores',
      [`Origin: ${origin}`, 'Access-Control-Request-Method: POST'],
      undefined,
      204,
    ],
    ['OPTIONS', '/v1/nothing', [], undefined, 404],
    ['HEAD', '/v1/nothing', [], undefined, 404],
    ['POST', '/v1/nothing', [jsonType], submission, 404],
    ['PUT', '/v1/leaderboards/arena', [admin, jsonType], submission, 404],
    ['TRACE', '/health/live', [], undefined, 404],
    ['GET', '/socket.io/?EIO=4&transport=websocket', [], undefined, 400],
    ['HEAD', '/socket.io/?EIO=4&transport=websocket', [], undefined, 400],
    ['POST', '/socket.io/?EIO=4&transport=polling', [jsonType], submission, 400],
    ['OPTIONS', '/socket.io/?EIO=4&transport=polling', [`Origin: ${origin}`], undefined, 400],
  ]

  test('every status and method, each followed by two more requests', async () => {
    for (const [method, path, headers, body, status] of requests()) {
      const connection = await openStrict(stack.url)
      const answer = await ask(connection, method, path, headers, body)
      const coded = answer.body.includes('"code":')
      expect([method, path, answer.status, coded]).toEqual([method, path, status, status >= 400 && method !== 'HEAD'])
      await goesOn(connection)
    }
  })

  const filled = (path: string) =>
    path
      .replace(':leaderboard', 'arena')
      .replace(':playerId', 'p1')
      .replace(':matchId', 'm1')
      .replace(':file', path.startsWith('/docs') ? 'swagger-ui.css' : 'main.js')
  const query = (path: string) => (path.endsWith('/what-if') ? '?score=5' : '')
  const length = ({ headers }: Answer) => headers.get('content-length')
  const readable = Object.values(routes).filter(({ method }) => method === 'GET')

  test.each(readable.map(({ path }) => path))('HEAD of %s answers like its GET', async (path) => {
    const connection = await openStrict(stack.url)
    const script = /\/assets\/main[\w.-]*js/.exec(await (await fetch(stack.url)).text())![0]
    const sdk = new URL((await fetch(`${stack.url}/sdk/rankpulse.js`)).url).pathname
    const built: Record<string, string> = { '/assets/:file': script, '/sdk/:file': sdk }
    const target = built[path] ?? filled(path) + query(path)
    const get = await ask(connection, 'GET', target, [admin])
    const head = await ask(connection, 'HEAD', target, [admin])
    expect([head.status, head.headers.get('content-type')]).toEqual([get.status, get.headers.get('content-type')])
    expect(get.status).toBe(path === '/sdk/rankpulse.js' ? 302 : 200)
    const grows = path === '/metrics' // each scrape counts the one before
    expect(Number(length(head))).toBeGreaterThanOrEqual(Number(length(get)))
    expect(grows || length(head) === length(get)).toBe(true)
    const tag = get.headers.get('etag')
    for (const method of tag === undefined ? [] : ['GET', 'HEAD']) {
      const unchanged = await ask(connection, method, target, [`If-None-Match: ${tag}`])
      expect([unchanged.status, unchanged.headers.get('etag')]).toEqual([304, tag])
      expect([undefined, length(get)]).toContain(length(unchanged))
    }
    await goesOn(connection)
  })

  // Head and status; the first half of the body is sent with the head, the rest after the answer.
  const early: [string, (body: string) => string, number][] = [
    ['a wrong content type', (body) => bytes('POST', '/v1/leaderboards/arena/scores', [admin], body), 400],
    ['no token', (body) => bytes('POST', '/v1/leaderboards/arena/scores', [jsonType], body), 401],
    ['no such path', (body) => bytes('POST', '/v1/nothing', [admin, jsonType], body), 404],
    ['a body where none is read', (body) => bytes('DELETE', '/v1/leaderboards/none', [admin], body), 400],
    ['a GET with a body', (body) => bytes('GET', '/health/live', [], body), 400],
    ['a refused polling request', (body) => bytes('POST', '/socket.io/?EIO=4', [], body), 400],
  ]
  test.each(early)('%s, answered while the body is on its way', async (_name, request, status) => {
    // Looks like another request: whoever takes it for one has lost its place.
    for (const body of [bytes('GET', '/v1/nothing').repeat(2), bytes('GET', '/metrics').repeat(1500)]) {
      const connection = await openStrict(stack.url)
      const whole = request(body)
      const cut = whole.length - Math.floor(body.length / 2)
      connection.send(whole.slice(0, cut))
      const answering = connection.answer('POST')
      await Promise.race([answering, delay(100)]) // one that is not read may also be waited for
      connection.send(whole.slice(cut))
      expect((await answering)?.status).toBe(status)
      await goesOn(connection)
    }
  })

  test('too large: announced, and while it comes in chunks', async () => {
    const path = '/v1/leaderboards/arena/scores'
    const announced = await openStrict(stack.url)
    announced.send(bytes('POST', path, [admin, jsonType, 'Content-Length: 200000']))
    expect((await announced.answer('POST'))?.status).toBe(413)
    for (let sent = 0; sent < 20; sent++) announced.send('x'.repeat(10_000))
    await goesOn(announced)

    const growing = await openStrict(stack.url)
    growing.send(bytes('POST', path, [admin, jsonType, 'Transfer-Encoding: chunked']))
    for (let sent = 0; sent < 7; sent++) growing.send(chunk('x'.repeat(10_000)))
    expect((await growing.answer('POST'))?.status).toBe(413)
    for (let sent = 0; sent < 7; sent++) growing.send(chunk('x'.repeat(10_000)))
    growing.send(chunk(''))
    await goesOn(growing)
  })
})
