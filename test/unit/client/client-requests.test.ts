import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createClient, RankpulseError, type ClientOptions, type RankpulseClient } from '../../../src/client/index.ts'
import { eventually } from '../../helpers/wait.ts'
import { refusal, startModelServer, unsignedToken, type ModelServer } from './model-server.ts'

vi.setConfig({ testTimeout: 40_000 })

let server: ModelServer
let client: RankpulseClient
beforeEach(async () => void (server = await startModelServer()))
afterEach(async () => {
  client.close()
  await server.stop()
})

const connect = (options: ClientOptions = {}) =>
  (client = createClient(server.url, { reconnectMinMs: 20, reconnectMaxMs: 100, ...options }))
const submitted = () => server.payloads('score:submit')
const score = { leaderboard: 'arena', playerId: 'p1', score: 7 }

describe('submit', () => {
  test('sends what it was given under a new id', async () => {
    server.on('score:submit', ({ submissionId }) => ({ submissionId, applied: true }))
    connect()
    const [first, second] = await Promise.all([client.submit(score), client.submit({ ...score, submissionId: 'mine' })])
    expect(first).toMatchObject({ applied: true })
    expect(first.submissionId).toMatch(/^[0-9a-f-]{36}$/)
    expect(second.submissionId).toBe('mine')
    expect(submitted()[0]).toEqual({ ...score, submissionId: first.submissionId })
  })

  test('tries again under the same id after retryable errors and lost connections', async () => {
    server.on('score:submit', ({ submissionId }, socket) => {
      const tries = submitted().length
      if (tries === 1) return refusal('OVERLOADED', { retryAfterMs: 30 })
      // Done, but the answer is lost with the connection.
      if (tries === 2) socket.conn.close()
      if (tries === 3) socket.disconnect(true)
      return tries < 4 ? undefined : { submissionId, duplicate: true }
    })
    connect()
    await expect(client.submit(score)).resolves.toMatchObject({ duplicate: true })
    expect(submitted()).toHaveLength(4)
    expect(new Set(submitted().map(({ submissionId }) => submissionId)).size).toBe(1)
  })

  test('rejects at once with an error that a retry does not mend', async () => {
    const issues = [{ path: 'score', message: 'must be a number' }]
    server.on('score:submit', () => refusal('VALIDATION', { issues }))
    connect()
    const error = await client.submit(score).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(RankpulseError)
    expect(error).toMatchObject({ code: 'VALIDATION', message: 'refused with VALIDATION', retryable: false, issues })
    expect(submitted()).toHaveLength(1)
  })

  test('gives up at the deadline with the last error', async () => {
    server.on('score:submit', () => refusal('OVERLOADED'))
    connect({ deadlineMs: 1500 })
    const error = await client.submit(score).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: expect.stringMatching(/^(OVERLOADED|TIMEOUT)$/), retryable: true })
    expect(submitted().length).toBeGreaterThan(1)
  })

  test('takes an ack that never comes for lost', async () => {
    server.on('score:submit', () => undefined)
    connect()
    await expect(client.submit(score, { deadlineMs: 300 })).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true })
  })

  test('waits for a connection, and says what kept it', async () => {
    server.admit = () => refusal('UNAVAILABLE').error
    connect()
    await expect(client.submit(score, { deadlineMs: 200 })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    server.on('score:submit', () => ({ applied: true }))
    const waiting = client.submit(score)
    server.admit = () => null
    await expect(waiting).resolves.toEqual({ applied: true })
  })
})

test('page and rank ask for what they are given', async () => {
  server.on('standings:get', () => ({ rows: [] }))
  server.on('rank:get', () => ({ rank: 3 }))
  connect()
  await expect(client.page({ leaderboard: 'arena', limit: 5, offset: 10 })).resolves.toEqual({ rows: [] })
  await expect(client.rank({ leaderboard: 'arena', standings: 'WEEKLY', playerId: 'p1' })).resolves.toEqual({ rank: 3 })
  expect(server.payloads('standings:get')).toEqual([{ leaderboard: 'arena', limit: 5, offset: 10 }])
  expect(server.payloads('rank:get')).toEqual([{ leaderboard: 'arena', standings: 'WEEKLY', playerId: 'p1' }])
})

describe('watches', () => {
  const place = { leaderboard: 'arena', standings: 'WEEKLY:2026-W47', playerId: 'p1', rank: 4, score: 10, total: 9 }
  const asOf = '2026-11-22T10:00:00.000Z'
  beforeEach(() => {
    server.on('rank:watch', () => ({ ...place, displayName: 'p1', percentile: 66.67, source: 'redis', asOf }))
    server.on('rank:unwatch', () => ({}))
  })

  test('give the rank as it is and every change of it, in the next period too', async () => {
    connect()
    const seen: unknown[] = []
    client.watchRank({ leaderboard: 'arena', standings: 'WEEKLY', playerId: 'p1' }, (change) => seen.push(change))
    await eventually(() => expect(seen).toEqual([{ ...place, previousRank: null, at: asOf }]))
    const changes = [
      { ...place, rank: 2, previousRank: 4, at: asOf },
      { ...place, standings: 'WEEKLY:2026-W48', rank: null, previousRank: 2, at: asOf },
    ]
    const others = [
      { ...changes[0], playerId: 'p2' },
      { ...changes[0], leaderboard: 'other' },
      { ...changes[0], standings: 'GLOBAL' },
    ]
    for (const change of [...others, ...changes]) server.io.emit('rank:changed', change)
    await eventually(() => expect(seen.slice(1)).toEqual(changes))
  })

  test('are asked for again on every connection, until they are stopped', async () => {
    connect()
    const seen: unknown[] = []
    const request = { leaderboard: 'arena', playerId: 'p1' }
    const [one, two] = [1, 2].map(() => client.watchRank(request, (change) => seen.push(change)))
    await eventually(() => expect(seen).toHaveLength(2))
    server.cut()
    await eventually(() => expect(seen).toHaveLength(4))
    expect(server.payloads('rank:watch')).toEqual([request, request, request, request])
    one!.stop()
    one!.stop()
    // The server knows one watch for both.
    two!.stop()
    await eventually(() => expect(server.payloads('rank:unwatch')).toEqual([request]))
    server.io.emit('rank:changed', { ...place, previousRank: 4, at: asOf })
    server.cut()
    await eventually(() => expect(server.tokens).toHaveLength(3))
    server.on('rank:get', () => ({}))
    await client.rank({ leaderboard: 'arena' })
    expect(seen).toHaveLength(4)
  })

  test('that are named in different ways and are one on the server end with the last of them', async () => {
    server.on('rank:watch', () => ({ ...place, standings: 'GLOBAL', displayName: 'p1', source: 'redis', asOf }))
    connect({ token: unsignedToken('p1', 3_600_000) })
    const seen: unknown[] = []
    const requests = [
      { leaderboard: 'arena', playerId: 'p1' },
      { leaderboard: 'arena', standings: 'GLOBAL', playerId: 'p1' },
      { leaderboard: 'arena' },
      { leaderboard: 'arena', standings: 'WEEKLY' },
      { leaderboard: 'arena', playerId: 'p2' },
    ]
    const watches = requests.map((request) => client.watchRank(request, (change) => seen.push(change)))
    await eventually(() => expect(seen).toHaveLength(requests.length))
    for (const watch of watches) watch.stop()
    await eventually(() => expect(server.payloads('rank:unwatch')).toEqual(requests.slice(2)))
  })

  test('of the rows around, of the player of the token, with no place yet', async () => {
    const around = { leaderboard: 'arena', standings: 'GLOBAL', total: 0, rows: [], self: null, source: 'redis', asOf }
    server.on('around:watch', () => around)
    server.on('around:unwatch', () => ({}))
    connect({ token: unsignedToken('me', 3_600_000) })
    const seen: unknown[] = []
    const watch = client.watchAround({ leaderboard: 'arena', span: 2 }, (change) => seen.push(change))
    await eventually(() => expect(seen).toEqual([{ ...around, playerId: 'me', at: asOf }]))
    server.io.emit('around:changed', { ...around, total: 1, playerId: 'me', at: asOf })
    await eventually(() => expect(seen).toHaveLength(2))
    watch.stop()
    await eventually(() => expect(server.payloads('around:unwatch')).toEqual([{ leaderboard: 'arena' }]))
    expect(server.payloads('around:watch')).toEqual([{ leaderboard: 'arena', span: 2 }])
  })

  test('that are refused say so; those that may pass are asked for again', async () => {
    const answers = [refusal('RATE_LIMITED', { retryAfterMs: 10 }), refusal('LIMIT_EXCEEDED')]
    server.on('rank:watch', () => answers.shift())
    connect()
    const errors: RankpulseError[] = []
    client.watchRank({ leaderboard: 'arena', onError: (error) => errors.push(error) }, () => {})
    await eventually(() => expect(errors).toMatchObject([{ code: 'LIMIT_EXCEEDED' }]))
    expect(server.payloads('rank:watch')).toHaveLength(2)
  })
})
