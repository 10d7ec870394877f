import { connect as connectTo, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type ClientOptions, type RankpulseClient, type StandingsView } from '../../src/client/index.ts'
import type { Page } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { engines } from '../helpers/engines.ts'
import { startFaultProxy } from '../faults/harness/fault-proxy.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

describe.each(engines)('the client SDK against a server on %s', (transport) => {
  let stack: Stack
  let admin: Client
  let clients: RankpulseClient[] = []
  beforeAll(async () => {
    stack = await startStack({ transport })
    admin = await stack.client()
  })
  afterAll(() => stack.stop())
  afterEach(() => {
    for (const client of clients) client.close()
    clients = []
  })

  const connect = (options: ClientOptions = {}, url = stack.url) => {
    const client = createClient(url, { reconnectMinMs: 50, reconnectMaxMs: 500, ...options })
    clients.push(client)
    return client
  }
  const define = (id: string, more: object = {}) =>
    admin.send('POST', '/v1/leaderboards', { id, tickMs: 50, types: ['GLOBAL'], ...more })
  const page = async (id: string) => (await admin.get<Page>(`/v1/leaderboards/${id}/standings`)).body
  const sameAs = (id: string, standings: { view(): StandingsView }) =>
    eventually(async () => {
      const { rows, total } = await page(id)
      const view = standings.view()
      expect(view.state).toBe('live')
      expect(view.rows.map(({ movedFrom: _movedFrom, ...row }) => row)).toEqual(rows)
      expect(view.total).toBe(total)
    })

  test('a view is the page of the server, with names, decimals and shared ranks', async () => {
    await define('mirror', { decimals: 2, rankStyle: 'competition', order: 'asc', liveLimit: 100 })
    const game = connect({ token: await stack.token('server', 'game') })
    const fan = connect()
    const standings = fan.joinStandings({ leaderboard: 'mirror' }, () => {})
    await sameAs('mirror', standings)
    for (let round = 0; round < 5; round++) {
      const scores = Array.from({ length: 30 }, () => ({
        playerId: `p${Math.floor(Math.random() * 40)}`,
        score: Math.floor(Math.random() * 200) / 20,
      }))
      await Promise.all(scores.map((score) => game.submit({ leaderboard: 'mirror', ...score })))
    }
    await admin.send('PUT', '/v1/players/p1', { displayName: 'Žofie 🏆', region: 'EU' })
    await sameAs('mirror', standings)
    await expect(fan.page({ leaderboard: 'mirror', limit: 3 })).resolves.toMatchObject({ leaderboard: 'mirror' })
    await expect(fan.submit({ leaderboard: 'mirror', score: 1 })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(game.submit({ leaderboard: 'mirror', playerId: 'p1', score: 1.234 })).rejects.toMatchObject({
      code: 'VALIDATION',
      retryable: false,
    })
    const unknown = fan.joinStandings({ leaderboard: 'nowhere' }, () => {})
    await eventually(() => expect(unknown.view()).toMatchObject({ state: 'refused', error: { code: 'NOT_FOUND' } }))
    const misspelt = { leaderboard: 'mirror', standing: 'WEEKLY' }
    const refused = fan.joinStandings(misspelt, () => {})
    await eventually(() =>
      expect(refused.view()).toMatchObject({
        state: 'refused',
        error: { code: 'VALIDATION', message: 'standing: is unknown, did you mean standings?' },
      }),
    )
  })

  test("one's own rank is watched, also from before the first score", async () => {
    await define('own')
    const game = connect({ token: await stack.token('server', 'game') })
    const player = connect({ token: await stack.token('player', 'me') })
    const ranks: (number | null)[] = []
    const windows: string[][] = []
    player.watchRank({ leaderboard: 'own' }, ({ rank }) => ranks.push(rank))
    player.watchAround({ leaderboard: 'own', span: 1 }, ({ rows }) =>
      windows.push(rows.map(({ playerId }) => playerId)),
    )
    await eventually(() => expect([ranks, windows]).toEqual([[null], [[]]]))
    await game.submit({ leaderboard: 'own', playerId: 'me', score: 5 })
    await eventually(() => expect([ranks.at(-1), windows.at(-1)]).toEqual([1, ['me']]))
    await game.submit({ leaderboard: 'own', playerId: 'you', score: 6 })
    await eventually(() => expect([ranks.at(-1), windows.at(-1)]).toEqual([2, ['you', 'me']]))
    await expect(player.rank({ leaderboard: 'own' })).resolves.toMatchObject({ playerId: 'me', rank: 2 })
  })

  test('a closed session says so', async () => {
    await define('sessions', { types: ['GLOBAL', 'SESSION'] })
    const standings = connect().joinStandings({ leaderboard: 'sessions', standings: 'SESSION:final' }, () => {})
    await admin.submit('sessions', { playerId: 'a', score: 3, sessionId: 'final' })
    await eventually(() => expect(standings.view()).toMatchObject({ state: 'live', rows: [{ playerId: 'a' }] }))
    await admin.send('POST', '/v1/leaderboards/sessions/sessions/final/close')
    await eventually(() => expect(standings.view()).toMatchObject({ state: 'closed', next: null }))
  })

  test('a token that runs out is replaced without losing the view or a submission', async () => {
    await define('tokens', { operator: 'sum' })
    const given: string[] = []
    const client = connect({
      async token() {
        const token = await stack.token('server', 'game', 3)
        given.push(token)
        return token
      },
    })
    const states: string[] = []
    client.onConnection((state) => states.push(state))
    const standings = client.joinStandings({ leaderboard: 'tokens' }, () => {})
    let sent = 0
    for (const until = Date.now() + 6000; Date.now() < until; sent++) {
      await client.submit({ leaderboard: 'tokens', playerId: 'p1', score: 1 })
      await sleep(20)
    }
    expect(new Set(given).size).toBeGreaterThan(2)
    expect(states).toEqual(['connected'])
    await sameAs('tokens', standings)
    expect(standings.view().rows).toMatchObject([{ playerId: 'p1', score: sent }])
  })

  test('a fixed token closes the client when it runs out', async () => {
    const client = connect({ token: await stack.token('server', 'game', 2) })
    const states: string[] = []
    client.onConnection((state, error) => states.push(`${state} ${error?.code}`))
    await eventually(() => expect(states.at(-1)).toBe('closed UNAUTHENTICATED'))
  })

  test('a connection that went silent is noticed, and what was on it is sent again, once', async () => {
    await define('silent', { operator: 'sum' })
    const proxy = await startFaultProxy(Number(new URL(stack.url).port), 'other')
    const client = connect({ token: await stack.token('server', 'game') }, `http://127.0.0.1:${proxy.port}`)
    const standings = client.joinStandings({ leaderboard: 'silent' }, () => {})
    await client.submit({ leaderboard: 'silent', playerId: 'p1', score: 1 })
    proxy.blackhole('forget')
    const waiting = client.submit({ leaderboard: 'silent', playerId: 'p1', score: 10 })
    await sleep(200)
    proxy.heal()
    await expect(waiting).resolves.toMatchObject({ applied: true })
    await sameAs('silent', standings)
    expect(standings.view().rows).toMatchObject([{ playerId: 'p1', score: 11 }])
    client.close()
    await proxy.close()
  })

  test('a server that stops is left before it goes: nothing is missed, and what is asked is answered', async () => {
    await define('moving', { operator: 'sum' })
    let target = (await stack.addServer()).url
    const balancer = await startBalancer(() => target)
    const client = connect({ token: await stack.token('server', 'game') }, balancer.url)
    const states: string[] = []
    client.onConnection((state) => states.push(state))
    const standings = client.joinStandings({ leaderboard: 'moving' }, () => {})
    await eventually(() => expect(standings.view().state).toBe('live'))

    const [leaving] = stack.servers.splice(-1, 1)
    target = stack.url
    const exit = leaving!.stop()
    const receipts = []
    for (let gone = false; !gone;) {
      gone = await Promise.race([leaving!.exited.then(() => true), sleep(20, false)])
      receipts.push(client.submit({ leaderboard: 'moving', playerId: 'p1', score: 1 }))
    }
    expect(await exit).toBe(0)
    const results = await Promise.all(receipts)
    expect(states).toEqual(['connected'])
    await sameAs('moving', standings)
    expect(standings.view().rows).toMatchObject([{ playerId: 'p1', score: results.length }])
    client.close()
    balancer.close()
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)('a server that ends by %s and comes back', async (signal) => {
    const leaderboard = `restart-${signal.toLowerCase()}`
    await define(leaderboard, { operator: 'sum' })
    const balancer = await startBalancer(() => stack.servers.at(-1)?.url)
    const client = connect({ token: await stack.token('server', 'game') }, balancer.url)
    const standings = client.joinStandings({ leaderboard }, () => {})
    const ranks: (number | null)[] = []
    client.watchRank({ leaderboard, playerId: 'p0' }, ({ rank }) => ranks.push(rank))
    await eventually(() => expect(ranks).toEqual([null]))

    const receipts = Array.from({ length: 200 }, async (_, index) => {
      await sleep(index * 10)
      return client.submit({ leaderboard, playerId: `p${index % 5}`, score: 1 }, { deadlineMs: 50_000 })
    })
    await sleep(700)
    const [server] = stack.servers.splice(0, 1)
    server!.kill(signal)
    await server!.exited
    const { url } = await stack.addServer()
    stack.url = url
    admin = await stack.client()
    const results = await Promise.all(receipts)

    expect(new Set(results.map(({ submissionId }) => submissionId)).size).toBe(200)
    await sameAs(leaderboard, standings)
    // Every one of them counts, and none twice.
    expect(standings.view().rows.map(({ score }) => score)).toEqual([40, 40, 40, 40, 40])
    expect(ranks.length).toBeGreaterThan(1)
    client.close()
    balancer.close()
  })
})

/** One address for whatever server there is: a server that comes back cannot count on its port. */
async function startBalancer(target: () => string | undefined): Promise<{ url: string; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const url = target()
    if (url === undefined) return client.destroy()
    const upstream = connectTo(Number(new URL(url).port), '127.0.0.1')
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one
        .on('error', () => {})
        .on('close', () => other.destroy())
        .pipe(other)
    }
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
