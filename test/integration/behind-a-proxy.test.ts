import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import type { Page } from '../../src/contract/reads.ts'
import { createClient as createHttpClient, type Client } from '../helpers/client.ts'
import { engines } from '../helpers/engines.ts'
import { proxies, startProxy, type ReverseProxy } from '../helpers/reverse-proxy.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

const origin = 'https://game.example'

describe.each(engines)('behind a proxy, on %s', (transport) => {
  let stack: Stack
  let token: string
  beforeAll(async () => {
    stack = await startStack({ transport, env: { ALLOWED_ORIGINS: origin } })
    token = await stack.token('admin', 'ops')
    await (await stack.client()).send('POST', '/v1/leaderboards', { id: 'arena', tickMs: 50 })
  })
  afterAll(async () => stack.stop())

  describe.each(proxies)('%s', (name) => {
    let proxy: ReverseProxy
    let client: Client
    beforeAll(async () => {
      proxy = await startProxy(name, stack.url)
      client = createHttpClient(proxy.url, token)
    })
    afterAll(async () => proxy.stop())

    const statusOf = async (method: string, path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(proxy.url + path, { method, headers })
      const text = await response.text()
      return method === 'HEAD' ? [response.status, text] : response.status
    }

    /** One after another, what has a body and what has none; gives what differed from what is right. */
    async function round(player: string, tag: string): Promise<unknown[]> {
      const submission = { playerId: player, score: 5 }
      const preflight = { origin, 'access-control-request-method': 'POST' }
      const batch = { submissions: Array.from({ length: 500 }, () => submission) }
      const steps: [unknown, () => Promise<unknown>][] = [
        [201, async () => (await client.send('PUT', `/v1/players/${player}`, { displayName: player })).status],
        [200, async () => (await client.submit('arena', submission)).status],
        [200, async () => (await client.send('POST', '/v1/leaderboards/arena/scores/batch', batch)).status],
        [204, () => statusOf('OPTIONS', '/v1/leaderboards/arena/scores', preflight)],
        [[200, ''], () => statusOf('HEAD', '/v1/leaderboards/arena/standings')],
        [304, () => statusOf('GET', '/docs/swagger-ui.css', { 'if-none-match': tag })],
        [[304, ''], () => statusOf('HEAD', '/docs/swagger-ui.css', { 'if-none-match': tag })],
        [
          400,
          async () => (await client.send('POST', '/v1/leaderboards/arena/scores', { x: 'x'.repeat(50_000) })).status,
        ],
        [
          413,
          async () => (await client.send('POST', '/v1/leaderboards/arena/scores', { x: 'x'.repeat(90_000) })).status,
        ],
        [401, () => statusOf('DELETE', `/v1/players/${player}`)],
        [204, async () => (await client.send('DELETE', `/v1/players/${player}`)).status],
        [404, async () => (await client.get(`/v1/players/${player}`)).status],
      ]
      const wrong: unknown[] = []
      for (const [right, step] of steps) {
        const answered = await step()
        if (JSON.stringify(answered) !== JSON.stringify(right)) wrong.push({ right, answered })
      }
      return wrong
    }

    test('requests in a row and at once, whatever kind came before', async () => {
      const tag = (await fetch(`${stack.url}/docs/swagger-ui.css`)).headers.get('etag')!
      for (let again = 0; again < 5; again++) expect(await round(`row-${name}-${again}`, tag)).toEqual([])
      const workers = Array.from({ length: 4 }, async (_, worker) => {
        const wrong: unknown[] = []
        for (let again = 0; again < 4; again++) wrong.push(...(await round(`w-${name}-${worker}-${again}`, tag)))
        return wrong
      })
      expect((await Promise.all(workers)).flat()).toEqual([])
    })

    test('the client SDK follows a live room', async () => {
      const fan = createClient(proxy.url, { reconnectMinMs: 50, reconnectMaxMs: 500 })
      const standings = fan.joinStandings({ leaderboard: 'arena' }, () => {})
      await eventually(() => expect(standings.view().state).toBe('live'))
      const playerIds = Array.from({ length: 30 }, (_, player) => `live-${name}-${player}`)
      await Promise.all(playerIds.map((playerId, score) => client.submit('arena', { playerId, score })))
      await eventually(async () => {
        const { rows, total } = (await client.get<Page>('/v1/leaderboards/arena/standings')).body
        expect(total).toBeGreaterThanOrEqual(playerIds.length)
        const view = standings.view()
        expect(view.rows.map(({ movedFrom: _movedFrom, ...row }) => row)).toEqual(rows)
        expect([view.state, view.total]).toEqual(['live', total])
      })
      fan.close()
    })
  })
})
