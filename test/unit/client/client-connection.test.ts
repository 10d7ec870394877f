import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, type ClientOptions, type RankpulseClient } from '../../../src/client/index.ts'
import { eventually } from '../../helpers/wait.ts'
import { createModelRoom } from './model-room.ts'
import { refusal, serveRooms, startModelServer, unsignedToken, type ModelServer } from './model-server.ts'

vi.setConfig({ testTimeout: 40_000 })

let server: ModelServer
let client: RankpulseClient
beforeEach(async () => void (server = await startModelServer()))
afterEach(async () => {
  client.close()
  await server.stop()
})

const quick = { reconnectMinMs: 20, reconnectMaxMs: 100 }
const connect = (options: ClientOptions = {}) => (client = createClient(server.url, { ...quick, ...options }))
const connected = () => eventually(() => expect(client.connection()).toBe('connected'))
const closed = () => eventually(() => expect(client.connection()).toBe('closed'))
const handshakes = (count: number) => eventually(() => expect(server.tokens).toHaveLength(count))

describe('a connection', () => {
  test.each([
    ['the network fails', () => server.cut()],
    ['the server disconnects it', () => server.io.disconnectSockets(true)],
    ['the server leaves the namespace', () => server.io.disconnectSockets(false)],
  ])('is made again after %s', async (_, fail) => {
    connect()
    const states: string[] = []
    const unsubscribe = client.onConnection((state, error) => states.push(`${state} ${error?.code ?? ''}`.trim()))
    expect(client.connection()).toBe('connecting')
    await connected()
    await eventually(() => expect(server.sockets()).toHaveLength(1))
    fail()
    await handshakes(2)
    await connected()
    expect(states).toEqual(['connected', 'reconnecting DISCONNECTED', 'connected'])
    unsubscribe()
    fail()
    await handshakes(3)
    expect(states).toHaveLength(3)
  })

  test('is tried again while nobody listens', async () => {
    const { port } = new URL(server.url)
    connect()
    await connected()
    await server.stop()
    await eventually(() => expect(client.connection()).toBe('reconnecting'))
    await sleep(300)
    expect(client.connection()).toBe('reconnecting')
    server = await startModelServer(Number(port))
    await connected()
  })

  test('is tried again when refused with a retryable error, not before it says', async () => {
    const times: number[] = []
    server.admit = () => {
      times.push(performance.now())
      return times.length < 3 ? refusal('UNAVAILABLE', { retryAfterMs: 300 }).error : null
    }
    connect({ token: 'any' })
    await connected()
    expect(server.tokens).toEqual(['any', 'any', 'any'])
    expect(times[1]! - times[0]!).toBeGreaterThan(290)
  })

  test('is closed when refused for good, and says why to all who wait', async () => {
    server.admit = () => refusal('UNAUTHENTICATED').error
    connect({ token: 'bad' })
    const refused = { code: 'UNAUTHENTICATED', retryable: false }
    const told: unknown[] = []
    const standings = client.joinStandings({ leaderboard: 'arena' }, () => {})
    client.watchRank({ leaderboard: 'arena', onError: (error) => told.push(error) }, () => {})
    await expect(client.rank({ leaderboard: 'arena' })).rejects.toMatchObject(refused)
    await closed()
    expect(standings.view()).toMatchObject({ state: 'refused', error: refused, rows: [] })
    expect(told).toMatchObject([refused])
    await expect(client.rank({ leaderboard: 'arena' })).rejects.toMatchObject(refused)
    const late = client.joinStandings({ leaderboard: 'arena' }, () => {})
    await eventually(() => expect(late.view().state).toBe('refused'))
    await sleep(200)
    expect(server.tokens).toHaveLength(1)
  })

  test('that is closed ends what waits, and stays closed', async () => {
    connect()
    await connected()
    const unanswered = client.rank({ leaderboard: 'arena' })
    await eventually(() => expect(server.payloads('rank:get')).toHaveLength(1))
    const changes: unknown[] = []
    const standings = client.joinStandings({ leaderboard: 'arena' }, (view) => changes.push(view))
    client.close()
    expect(standings.view()).toMatchObject({ state: 'refused', error: { code: 'CLOSED' } })
    expect(changes).toEqual([])
    await expect(unanswered).rejects.toMatchObject({ code: 'CLOSED', retryable: false })
    await expect(client.rank({ leaderboard: 'arena' })).rejects.toMatchObject({ code: 'CLOSED' })
    await eventually(() => expect(server.sockets()).toHaveLength(0))
    await sleep(200)
    expect(server.tokens).toHaveLength(1)
    expect(client.connection()).toBe('closed')
  })

  test('that a listener closes is closed to all of them in the end', async () => {
    connect()
    client.onConnection((state) => state === 'connected' && client.close())
    const states: string[] = []
    client.onConnection((state) => states.push(state))
    await closed()
    expect(states).toEqual(['connected', 'closed'])
  })

  test('moves before a draining server stops: the next connection is there before the last one goes', async () => {
    const room = createModelRoom(3)
    serveRooms(server, [room])
    connect()
    const states: string[] = []
    client.onConnection((state) => states.push(state))
    const standings = client.joinStandings({ leaderboard: 'arena' }, () => {})
    await eventually(() => expect(standings.view().state).toBe('live'))
    server.io.emit('server:draining', { reconnectInMs: 100 })
    await handshakes(2)
    await eventually(() => expect(server.payloads('standings:join')).toHaveLength(2))
    await eventually(() => expect(server.sockets()).toHaveLength(1))
    await eventually(() => expect(standings.view().state).toBe('live'))
    expect(states).toEqual(['connected'])
  })

  test('that a draining server drops early comes back when it was told to', async () => {
    connect()
    await connected()
    const toldAt = performance.now()
    server.io.emit('server:draining', { reconnectInMs: 500 })
    await sleep(50)
    server.io.disconnectSockets(true)
    await eventually(() => expect(client.connection()).toBe('reconnecting'))
    await handshakes(2)
    expect(performance.now() - toldAt).toBeGreaterThan(490)
  })
})

describe('a token function', () => {
  test('that takes long while the server drains leaves a connection that is made again', async () => {
    let release = () => {}
    const waited = new Promise<void>((resolve) => (release = resolve))
    let calls = 0
    const token = async () => {
      // The second one, before the first expires, waits.
      if (++calls === 2) await waited
      return unsignedToken('p', calls === 1 ? 1000 : 3_600_000)
    }
    connect({ token })
    await connected()
    await eventually(() => expect(calls).toBe(2))
    server.io.emit('server:draining', { reconnectInMs: 1 })
    await sleep(200)
    release()
    await handshakes(2)
    await eventually(() => expect(server.sockets()).toHaveLength(1))
    server.cut()
    await handshakes(3)
    await connected()
  })

  test('that was being asked while the server drains is asked once', async () => {
    let calls = 0
    const token = async () => {
      if (++calls === 2) await sleep(200)
      return unsignedToken('p', calls === 1 ? 1000 : 3_600_000)
    }
    connect({ token })
    await connected()
    await eventually(() => expect(calls).toBe(2))
    server.io.emit('server:draining', { reconnectInMs: 300 })
    await handshakes(2)
    await sleep(500)
    expect([calls, server.sockets().length]).toEqual([2, 1])
  })

  test('that never answers is asked again', async () => {
    let calls = 0
    connect({ token: () => (++calls === 1 ? new Promise<string>(() => {}) : 'good'), connectTimeoutMs: 200 })
    const errors: unknown[] = []
    client.onConnection((_, error) => errors.push(error?.code))
    await connected()
    expect([calls, errors]).toEqual([2, ['TOKEN_UNAVAILABLE', undefined]])
  })

  test('is asked for a new token before the last one expires; the list stays', async () => {
    const room = createModelRoom(3)
    room.submit('a', 1)
    room.tick()
    serveRooms(server, [room])
    const tokens: string[] = []
    connect({
      token: () => {
        // The first one lives 1 s, so that it is due within that second.
        tokens.push(unsignedToken(`p${tokens.length}`, tokens.length === 0 ? 1000 : 3_600_000))
        return Promise.resolve(tokens.at(-1)!)
      },
    })
    const lengths = new Set<number>()
    const states: string[] = []
    client.onConnection((state) => states.push(state))
    const standings = client.joinStandings({ leaderboard: 'arena' }, (view) => lengths.add(view.rows.length))
    await handshakes(2)
    await eventually(() => expect(server.payloads('standings:join')).toHaveLength(2))
    await eventually(() => expect(standings.view().state).toBe('live'))
    expect(server.payloads('standings:join')[1]).toMatchObject({ epoch: 1, seq: 1 })
    expect(server.tokens).toEqual(tokens)
    expect([...lengths]).toEqual([1])
    expect(states).toEqual(['connected'])
  })

  test('is asked again when it fails, and a few times when its token is refused', async () => {
    let asked = 0
    server.admit = (token) => (token === 'good' ? null : refusal('UNAUTHENTICATED').error)
    const results = [null, 'bad', 'bad', 'good']
    connect({
      token() {
        const token = results[asked++]
        return typeof token === 'string' ? token : Promise.reject(new Error('offline'))
      },
    })
    await connected()
    expect(server.tokens).toEqual(['bad', 'bad', 'good'])
  })

  test('that gives bad tokens only is given up', async () => {
    server.admit = () => refusal('UNAUTHENTICATED').error
    connect({ token: () => 'bad' })
    await closed()
    expect(server.tokens).toHaveLength(3)
  })
})
