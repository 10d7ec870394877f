import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Around, Lookup, Page, Periods, Place, WhatIf } from '../../src/contract/reads.ts'
import type { Reconciled } from '../../src/contract/repair.ts'
import type { Receipt } from '../../src/contract/submission.ts'
import { allStandingsKeys, watermarkKey } from '../../src/redis/keys.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { follow, type Follower } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let redis: RedisClient
let clients: Client[]
beforeAll(async () => {
  stack = await startStack({ nodes: 2, env: { SESSION_IDLE_CLOSE: '3600' } })
  redis = stack.redisClient()
  clients = [await stack.client('admin', 'tester', 0), await stack.client('admin', 'tester', 1)]
})
afterAll(() => stack.stop())

const players = 60
const path = '/v1/leaderboards/cup'
const final = 'SESSION:final'

/** Every kind of read of one standings, without what says when and from where. */
async function readAll(client: Client, standings = final) {
  const named = `standings=${standings}`
  const [page, middle, place, around, lookup, whatIf] = await Promise.all([
    client.get<Page>(`${path}/standings?${named}&limit=1000`),
    client.get<Page>(`${path}/standings?${named}&limit=7&offset=20`),
    client.get<Place>(`${path}/players/p7?${named}`),
    client.get<Around>(`${path}/players/p31/around?${named}&span=4`),
    client.send<Lookup>('POST', `${path}/lookup`, { playerIds: ['p3', 'nobody', 'p50', 'p9'], standings }),
    client.get<WhatIf>(`${path}/what-if?${named}&score=4`),
  ])
  const answers = [page, middle, place, around, lookup, whatIf]
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  const sources = [...new Set(answers.map(({ body }) => body.source))]
  const bodies = answers.map(({ body }) => ({ ...body, source: null, asOf: null, period: null }))
  return { sources, bodies }
}

const statusOf = async (client: Client, standings = final) =>
  (await client.get<Periods>(`${path}/periods?type=SESSION`)).body.periods.find((one) => one.standings === standings)

test('a session that was closed is sealed, and reads as before from every node', { timeout: 120_000 }, async () => {
  const [admin, other] = clients as [Client, Client]
  const types = ['GLOBAL', 'SESSION']
  await admin.send('POST', '/v1/leaderboards', { id: 'cup', types, graceMs: 0, rankStyle: 'competition', tickMs: 50 })
  const submissions = Array.from({ length: players }, (_, at) => ({
    playerId: `p${at}`,
    score: at % 11,
    submissionId: 'first',
    sessionId: 'final',
  }))
  await admin.send('POST', `${path}/scores/batch`, { submissions })
  const follower = await follow(stack.servers[1]!.url, { leaderboard: 'cup', standings: final })
  const before = await readAll(admin)
  expect(before.sources).toEqual(['redis'])
  const rows = follower.rows()

  const closed = await admin.send<Periods['periods'][number]>('POST', `${path}/sessions/final/close`)
  expect(closed.body).toMatchObject({ standings: final, status: 'CLOSING', total: players })
  // Whatever the moment, the answers are the same.
  await eventually(async () => {
    for (const client of clients) expect((await readAll(client)).bodies).toEqual(before.bodies)
    expect(await statusOf(other)).toMatchObject({ status: 'SEALED', endsAt: closed.body.endsAt, total: players })
  })
  for (const client of clients)
    await eventually(async () => expect(await readAll(client)).toEqual({ ...before, sources: ['postgres'] }))
  const page = await admin.get<Page>(`${path}/standings?standings=${final}`)
  expect(page.body.period).toMatchObject({ status: 'SEALED', endsAt: closed.body.endsAt })
  await eventually(() => expect(follower.messages.map(({ event }) => event)).toContain('standings:closed'))
  await followsOn(follower, rows)

  await expectLate(admin, 1)
  await expectDropped()
  for (const client of clients) expect(await readAll(client)).toEqual({ ...before, sources: ['postgres'] })
  await followsOn(follower, rows)
  follower.close()
  const late = await follow(stack.servers[0]!.url, { leaderboard: 'cup', standings: final })
  expect(late.rows()).toEqual(rows)
  expect(late.total()).toBe(players)
  late.close()
  await expectLate(other, 2)
  for (const name of ['reconcile', 'rebuild']) {
    const { status, body } = await admin.send<Reconciled>('POST', `/v1/admin/${name}`, {
      leaderboard: 'cup',
      standings: final,
    })
    expect({ status, body }).toMatchObject({ status: 200, body: name === 'rebuild' ? { rebuilt: [] } : { checked: 0 } })
  }
  // Nobody has made the list again.
  expect(await keysLeft()).toBe(0)
})

/** No sum is wrong, no row has moved. */
async function followsOn(follower: Follower, rows: ReturnType<Follower['rows']>): Promise<void> {
  const heads = follower.messages.length
  await eventually(() => expect(follower.messages.length).toBeGreaterThan(heads))
  expect(follower.rows()).toEqual(rows)
  expect([follower.faults, follower.total()]).toEqual([[], players])
}

/** A score for the sealed standings counts in GLOBAL only; a retry from before gets its place in both. */
async function expectLate(client: Client, round: number): Promise<void> {
  const late = await client.submit<Receipt>('cup', { playerId: 'p7', score: 100 * round, sessionId: 'final' })
  expect(late.body).toMatchObject({
    applied: true,
    degraded: false,
    standings: [
      { standings: 'GLOBAL', applied: true, score: 100 * round, rank: 1 },
      { standings: final, applied: false, reason: 'WINDOW_CLOSED', score: 7, rank: 16, total: players },
    ],
  })
  const first = { playerId: 'p8', score: 8, submissionId: 'first', sessionId: 'final' }
  const again = await client.submit<Receipt>('cup', first)
  expect(again.body).toMatchObject({
    duplicate: true,
    degraded: false,
    standings: [{ applied: true }, { standings: final, applied: true, score: 8, rank: 11, total: players }],
  })
}

async function sessionKeys(): Promise<{ list: string[]; watermark: string; id: number }> {
  const [row] = await stack.sql<{ id: string; no: number }[]>`
    select id, leaderboard_no as no from standings where type = 'SESSION' and key = 'final'`
  const id = Number(row!.id)
  return { list: allStandingsKeys(row!.no, id), watermark: watermarkKey(row!.no), id }
}
const keysLeft = async () => redis.exists(...(await sessionKeys()).list)

/** A minute after the sealing the list goes from Redis, and nothing else. */
async function expectDropped(): Promise<void> {
  const { id, watermark } = await sessionKeys()
  expect(await keysLeft()).toBeGreaterThan(0)
  await stack.sql`update standings set sealed_at = now() - interval '61 seconds' where id = ${id}`
  await eventually(async () => expect(await keysLeft()).toBe(0))
  await eventually(async () => {
    const [row] = await stack.sql<{ indexed: boolean }[]>`select indexed from standings where id = ${id}`
    expect(row!.indexed).toBe(false)
  })
  expect(await redis.exists(watermark)).toBe(1)
}

test('pages of sealed standings come from the cache', async () => {
  const [admin] = clients as [Client, Client]
  const count = async (result: string) => {
    const text = await (await fetch(`${stack.servers[0]!.url}/metrics`)).text()
    return Number(
      new RegExp(`rankpulse_cache_requests_total\\{cache="sealed",result="${result}"\\} (\\d+)`).exec(text)![1],
    )
  }
  const ask = () => admin.get<Page>(`${path}/standings?standings=${final}&limit=13&offset=5`)
  const first = await ask()
  const [hits, misses] = [await count('hit'), await count('miss')]
  const { rows, total, source } = (await ask()).body
  expect({ rows, total, source }).toEqual({ rows: first.body.rows, total: players, source: 'postgres' })
  expect(await count('hit')).toBeGreaterThan(hits)
  expect(await count('miss')).toBe(misses)
})

test('a session that was left open is closed and sealed by itself', async () => {
  const [admin] = clients as [Client, Client]
  await admin.submit('cup', { playerId: 'p1', score: 3, sessionId: 'left' })
  expect((await statusOf(admin, 'SESSION:left'))?.status).toBe('OPEN')
  await stack.sql`update standings set created_at = now() - interval '2 hours' where key = 'left'`
  await stack.sql`update submissions set created_at = now() - interval '2 hours' where session_id = 'left'`
  await eventually(
    async () => expect(await statusOf(admin, 'SESSION:left')).toMatchObject({ status: 'SEALED', total: 1 }),
    90_000,
  )
}, 120_000)
