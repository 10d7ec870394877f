import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWebSocket } from '../helpers/raw-websocket.ts'
import { engines } from '../helpers/engines.ts'
import { startServer } from '../helpers/server.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

const origin = 'https://game.example'

describe.each(engines)('the edge on %s', (transport) => {
  let stack: Stack
  let token: string
  beforeAll(async () => {
    stack = await startStack({ transport, env: { ALLOW_SPECTATORS: 'false', ALLOWED_ORIGINS: origin } })
    token = await stack.token('server', 'game')
    await (await stack.client()).send('POST', '/v1/leaderboards', { id: 'arena' })
  })
  afterAll(async () => stack.stop())

  const get = async (path: string, headers: Record<string, string> = {}) => fetch(stack.url + path, { headers })

  test('health, metrics and the contract need no token, reads do', async () => {
    expect(await (await get('/health')).json()).toMatchObject({
      status: 'ok',
      transport,
      redis: 'ok',
      postgres: 'ok',
      rebuilding: [],
    })
    expect((await get('/health/live')).status).toBe(200)
    expect((await get('/health/ready')).status).toBe(200)
    expect(await (await get('/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' })
    expect(await (await get('/asyncapi.json')).json()).toMatchObject({ asyncapi: '3.0.0' })
    const read = await get('/v1/leaderboards')
    expect([read.status, read.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect((await get('/v1/leaderboards', { authorization: `Bearer ${token}` })).status).toBe(200)
  })

  test('metrics count requests by route and status', async () => {
    await get('/v1/leaderboards')
    const text = await (await get('/metrics')).text()
    expect(text).toMatch(/rankpulse_http_request_seconds_count\{route="\/v1\/leaderboards",status="401"\} \d+/)
    expect(text).toContain('process_cpu_seconds_total')
  })

  test('the pages work offline: every part they name comes from here', async () => {
    for (const path of ['/', '/docs']) {
      const page = await get(path)
      expect(page.headers.get('x-content-type-options')).toBe('nosniff')
      expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
      const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!)
      expect(parts.length).toBeGreaterThan(1)
      for (const part of parts.filter((name) => !name.startsWith('/v1'))) {
        expect(part.startsWith('/')).toBe(true)
        expect((await get(part)).status).toBe(200)
      }
    }
    const script = await get('/docs/swagger-ui-bundle.js')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    const again = await get('/docs/swagger-ui-bundle.js', { 'if-none-match': script.headers.get('etag')! })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('HEAD answers like GET without a body', async () => {
    const head = await fetch(`${stack.url}/health/live`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'application/json', ''])
  })

  test('browsers: allowed origins may read, others may not; a preflight says what may be sent', async () => {
    const allowed = await get('/health', { origin })
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin)
    expect((await get('/health', { origin: 'https://evil.example' })).headers.get('access-control-allow-origin')).toBe(
      null,
    )
    const preflight = await fetch(`${stack.url}/v1/leaderboards/arena/scores`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Idempotency-Key')
    const connect = async (from: string) =>
      new Promise<boolean>((resolve) => {
        const options = { transports: ['websocket'], auth: { token }, forceNew: true, reconnection: false }
        const socket = io(stack.url, { ...options, extraHeaders: { origin: from } })
        socket.once('connect', () => resolve(true) === undefined && socket.disconnect())
        socket.once('connect_error', () => resolve(false))
      })
    expect(await connect(origin)).toBe(true)
    expect(await connect(stack.url)).toBe(true)
    expect(await connect('https://evil.example')).toBe(false)
  })

  test('a spectator is refused at the handshake', async () => {
    const socket = await openWebSocket(stack.url)
    socket.send('40')
    await socket.received((frame) => frame.startsWith('44'))
    socket.terminate()
    expect(socket.frames.at(-1)).toContain('"code":"UNAUTHENTICATED"')
  })

  test('a second server on the same port fails with a clear error', async () => {
    const port = new URL(stack.url).port
    await expect(startServer({ ...stack.env, PORT: port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`)
    expect((await get('/health')).status).toBe(200)
  })

  test('SIGTERM: clients are told, what was sent is answered, exit 0', async () => {
    const server = await stack.addServer()
    const socket = io(server.url, { transports: ['websocket'], auth: { token }, forceNew: true, reconnection: false })
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    const draining = new Promise<unknown>((resolve) => socket.once('server:draining', resolve))
    const disconnected = new Promise<unknown>((resolve) => socket.once('disconnect', resolve))
    const submit = async (index: number) =>
      (await socket.timeout(10_000).emitWithAck('score:submit', {
        leaderboard: 'arena',
        playerId: `p${index}`,
        score: 1,
      })) as { data?: { submissionId: string }; error?: unknown }
    const answers = Promise.all(Array.from({ length: 200 }, (_, index) => submit(index)))
    await submit(200)
    const code = server.stop()
    expect(await draining).toEqual({ reconnectInMs: 500 })
    const acknowledged = (await answers).flatMap(({ data }) => (data === undefined ? [] : [data.submissionId]))
    expect(acknowledged).toHaveLength(200)
    const stored = await stack.sql`select from submissions where submission_id = any(${acknowledged})`
    expect(stored).toHaveLength(200)
    expect(await disconnected).toBe('io server disconnect')
    expect(await code).toBe(0)
  })
})
