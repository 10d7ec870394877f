import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Around, Page, Periods, Place } from '../../src/contract/reads.ts'
import { compareEntries } from '../../src/ranking/order.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

const members = 100_000
const path = '/v1/leaderboards/big'
const key = '2026-02-03'
const standings = `DAILY:${key}`

let stack: Stack
let admin: Client
let id: number
beforeAll(async () => {
  stack = await startStack({ nodes: 0 })
  await stack.addServer({ AUDIT_INTERVAL: '0' })
  admin = await stack.client()
  // A grace that is over in 2030: nothing is sealed before the test says so.
  await admin.send('POST', '/v1/leaderboards', { id: 'big', types: ['DAILY'], operator: 'sum', graceMs: 0 })
  await stack.sql`update leaderboards set grace_ms = 126227704000 where id = 'big'`
  const [row] = await stack.sql<{ id: string }[]>`
    with made as (
      insert into standings (leaderboard_no, type, key, starts_at, ends_at)
      select no, 'DAILY', ${key}, ${key}::timestamptz, ${key}::timestamptz + interval '1 day'
      from leaderboards where id = 'big' returning id
    ), filled as (
      insert into leaderboard_entries (standings_id, player_id, score, version, tie)
      select id, 'p' || n, n * 7919::int8 % 5003, n + 1, n * 104729::int8 % ${members} + 1
      from made, generate_series(0, ${members - 1}::int) n
    )
    select id from made`
  id = Number(row!.id)
  await stack.sql`select setval('submissions_id_seq', ${members})`
})
afterAll(() => stack.stop())

async function readAll(client: Client) {
  const named = `standings=${standings}`
  const answers = await Promise.all([
    client.get<Page>(`${path}/standings?${named}&limit=1000`),
    client.get<Page>(`${path}/standings?${named}&limit=1000&offset=${members - 777}`),
    client.get<Page>(`${path}/standings?${named}&limit=100&offset=54321`),
    client.get<Place>(`${path}/players/p4242?${named}`),
    client.get<Place>(`${path}/players/p99999?${named}`),
    client.get<Around>(`${path}/players/p31337/around?${named}&span=50`),
  ])
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  const sources = [...new Set(answers.map(({ body }) => body.source))]
  const bodies = answers.map(({ body }) => ({ ...body, source: null, asOf: null, period: null }))
  return { sources, bodies }
}

const ranked = async () => {
  const [row] = await stack.sql<{ n: number }[]>`
    select count(*)::int as n from final_places where standings_id = ${id}`
  return row!.n
}

test('kill -9 in the middle of sealing 100,000 entries: the next one goes on', { timeout: 300_000 }, async () => {
  await eventually(async () => expect((await readAll(admin)).sources).toEqual(['redis']), 60_000)
  const before = await readAll(admin)
  await stack.servers[0]!.stop()

  await stack.sql`update leaderboards set grace_ms = 0 where id = 'big'`
  // Each of these dies with the first batches that it made.
  const counts: number[] = []
  for (let kill = 0, already = 0; kill < 3 && already < members; kill++) {
    const server = await stack.addServer({ AUDIT_INTERVAL: '0' })
    const last = already
    await eventually(async () => expect(await ranked()).toBeGreaterThan(last), 60_000)
    server.kill('SIGKILL')
    await server.exited
    already = await ranked()
    counts.push(already)
  }
  expect(counts[0]).toBeGreaterThan(0)
  expect(counts[0]).toBeLessThan(members)
  const [row] = await stack.sql<{ status: string }[]>`select status from standings where id = ${id}`
  expect(['SEALING', 'SEALED']).toContain(row!.status)

  const server = await stack.addServer({ AUDIT_INTERVAL: '0' })
  const client = await stack.client('admin', 'tester', stack.servers.indexOf(server))
  await eventually(async () => {
    const { periods } = (await client.get<Periods>(`${path}/periods?type=DAILY`)).body
    expect(periods).toMatchObject([{ standings, status: 'SEALED', total: members }])
    const after = await readAll(client)
    expect(after.sources).toEqual(['postgres'])
    expect(after.bodies).toEqual(before.bodies)
  }, 120_000)

  const entries = await stack.sql<{ player_id: string; score: string; tie: string; place: number }[]>`
    select player_id, e.score, tie, place from leaderboard_entries e join final_places f using (standings_id, player_id)
    where standings_id = ${id}`
  const sorted = entries
    .map((one) => ({ playerId: one.player_id, score: Number(one.score), tie: Number(one.tie), rank: one.place }))
    .sort(compareEntries({ order: 'desc', ties: 'first' }))
  expect(sorted).toHaveLength(members)
  expect(sorted.findIndex((one, at) => one.rank !== at + 1)).toBe(-1)
})
