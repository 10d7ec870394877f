import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import { createClient as createSdk } from '../../src/client/index.ts'
import { createTrendTaker } from '../../src/jobs/take-trends.ts'
import { createLog } from '../../src/log.ts'
import { connectPool } from '../../src/postgres/connection/client.ts'
import { createEntryStore } from '../../src/postgres/standings/entries.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import { createTrendStore } from '../../src/postgres/standings/trends.ts'
import type { Client } from '../helpers/client.ts'
import { ask, connectSocket } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// The job runs here with a clock of its own, over ranks that Postgres tells; servers read what it kept.

let stack: Stack
let admin: Client
let pool: ReturnType<typeof connectPool>
beforeAll(async () => {
  stack = await startStack()
  admin = await stack.client()
  pool = connectPool(stack.env['DATABASE_URL']!, {
    name: 'trends-test',
    max: 4,
    connectTimeoutMs: 20_000,
    statementTimeoutMs: 0,
  })
})
afterAll(async () => {
  await pool?.end(1)
  await stack?.stop()
})

let clock = 0
const taker = (more: { usable?: () => boolean; intervalMs?: number } = {}) => {
  const log = createLog({ level: 'silent', pretty: false })
  const entries = createEntryStore(pool, { concurrency: 4, queue: 100, deadlineMs: 20_000 })
  return createTrendTaker({
    leaderboards: createLeaderboardStore(pool.sql, log),
    standings: createStandingsStore(pool.sql),
    trends: createTrendStore(pool.sql),
    index: { page: entries.page, usable: more.usable ?? (() => true) },
    ...(more.intervalMs === undefined ? {} : { intervalMs: more.intervalMs }),
    now: () => clock,
    log,
  })
}
const takeAt = (instant: string, job = taker()) => {
  clock = Date.parse(instant)
  return job.pass()
}
const takenOf = async (id: string) =>
  (
    await stack.sql<{ name: string; day: string; ranks: Record<string, number> }[]>`
      select s.type || case s.key when '' then '' else ':' || s.key end as name, t.taken_on::text as day, t.ranks
      from trend_snapshots t join standings s on s.id = t.standings_id join leaderboards l on l.no = s.leaderboard_no
      where l.id = ${id} order by name`
  ).map(({ name, day, ranks }) => ({ name, day, ranks }))
const daysOf = async (id: string) => (await takenOf(id)).map(({ name, day }) => [name, day])
const trends = (rows: readonly Page['rows'][number][]) => rows.map(({ playerId, trend }) => [playerId, trend])
const submit = (id: string, playerId: string, score: number) => admin.submit(id, { playerId, score })
/** A server that has nothing cached yet. */
const fresh = async () => {
  const { url } = await stack.addServer()
  return { url, page: async (path: string) => (await (await fetch(`${url}/v1/leaderboards/${path}`)).json()) as Page }
}

describe('the daily snapshot', () => {
  test('is taken once a day of the zone, also when the day has 23 or 25 hours', async () => {
    await stack.board('utc')
    await stack.board('berlin', { timezone: 'Europe/Berlin' })
    for (const id of ['utc', 'berlin']) await submit(id, 'a', 1)
    // The day they were made in, whichever that is, has none.
    await takeAt(new Date().toISOString())
    expect([await daysOf('utc'), await daysOf('berlin')]).toEqual([[], []])
    const job = taker()
    const steps: [string, string, string][] = [
      ['2099-03-28T22:59:59.999Z', '2099-03-28', '2099-03-28'],
      ['2099-03-28T23:00:00.000Z', '2099-03-28', '2099-03-29'], // the clock goes forward in Berlin this night
      ['2099-03-29T21:59:59.999Z', '2099-03-29', '2099-03-29'],
      ['2099-03-29T22:00:00.000Z', '2099-03-29', '2099-03-30'],
      ['2099-10-24T21:59:59.999Z', '2099-10-24', '2099-10-24'],
      ['2099-10-24T22:00:00.000Z', '2099-10-24', '2099-10-25'], // and back
      ['2099-10-25T22:59:59.999Z', '2099-10-25', '2099-10-25'],
      ['2099-10-25T23:00:00.000Z', '2099-10-25', '2099-10-26'],
    ]
    for (const [instant, utc, berlin] of steps) {
      await takeAt(instant, job)
      expect([instant, await daysOf('utc'), await daysOf('berlin')]).toEqual([
        instant,
        [['GLOBAL', utc]],
        [['GLOBAL', berlin]],
      ])
    }
  })

  test('is not taken again that day, nor by a node whose clock is behind, nor without an index', async () => {
    await stack.board('once')
    for (const [playerId, score] of [
      ['a', 3],
      ['b', 2],
    ] as const)
      await submit('once', playerId, score)
    await takeAt('2098-05-01T00:00:00.000Z', taker({ usable: () => false }))
    expect(await takenOf('once')).toEqual([])
    const first = { name: 'GLOBAL', day: '2098-05-01', ranks: { a: 1, b: 2 } }
    await takeAt('2098-05-01T00:00:00.000Z')
    expect(await takenOf('once')).toEqual([first])
    await submit('once', 'b', 9)
    await takeAt('2098-05-01T23:59:59.999Z')
    await takeAt('2098-04-30T12:00:00.000Z')
    expect(await takenOf('once')).toEqual([first])
    // Two nodes at the same time.
    await Promise.all([takeAt('2098-05-02T00:00:00.000Z'), takeAt('2098-05-02T00:00:00.000Z')])
    expect(await takenOf('once')).toEqual([{ name: 'GLOBAL', day: '2098-05-02', ranks: { b: 1, a: 2 } }])
  })

  test('is of open standings but DAILY ones', async () => {
    await stack.board('kinds', { types: ['GLOBAL', 'MONTHLY', 'DAILY', 'SESSION'] })
    for (const sessionId of ['open', 'shut'])
      await admin.submit('kinds', { playerId: 'a', score: 1, sessionId, occurredAt: new Date().toISOString() })
    await admin.send('POST', '/v1/leaderboards/kinds/sessions/shut/close')
    await takeAt('2098-05-03T00:00:00.000Z')
    const names = (await takenOf('kinds')).map(({ name }) => name.replace(/MONTHLY:.*/, 'MONTHLY'))
    expect(names).toEqual(['GLOBAL', 'MONTHLY', 'SESSION:open'])
  })
})

describe('the job', () => {
  test('looks again and again, also after a failure, until it is stopped', async () => {
    await stack.board('loop')
    await submit('loop', 'a', 1)
    clock = Date.parse('2098-08-01T00:00:00.000Z')
    let looks = 0
    const job = taker({
      intervalMs: 20,
      usable() {
        if (++looks === 1) throw new Error('nothing answers')
        return true
      },
    })
    job.start()
    await eventually(async () => expect(await daysOf('loop')).toEqual([['GLOBAL', '2098-08-01']]))
    clock = Date.parse('2098-08-02T00:00:00.000Z')
    await eventually(async () => expect(await daysOf('loop')).toEqual([['GLOBAL', '2098-08-02']]))
    await job.stop()
    const before = looks
    await sleep(200)
    expect(looks).toBe(before)
  })
})

describe('trends', () => {
  test('of pages and snapshots are places gained since then, null for who was not there', async () => {
    await stack.board('moves', { liveLimit: 3 })
    for (const [playerId, score] of Object.entries({ a: 40, b: 30, c: 20, d: 10 }))
      await submit('moves', playerId, score)
    await takeAt('2098-06-01T00:00:00.000Z')
    await submit('moves', 'd', 50)
    await submit('moves', 'new', 35)
    const day1 = await fresh()
    const expected = [
      ['d', 3],
      ['a', -1],
      ['new', null],
      ['b', -2],
      ['c', -2],
    ]
    const page = await day1.page('moves/standings')
    expect(trends(page.rows)).toEqual(expected)
    expect(trends((await day1.page('moves/standings?limit=2&offset=3')).rows)).toEqual(expected.slice(3))
    const socket = await connectSocket(day1.url)
    const sdk = createSdk(day1.url)
    try {
      const { data } = await ask<{ mode: string; rows: Page['rows'] }>(socket, 'standings:join', {
        leaderboard: 'moves',
      })
      expect([data!.mode, trends(data!.rows)]).toEqual(['snapshot', expected.slice(0, 3)])
      const view = sdk.joinStandings({ leaderboard: 'moves' }, () => {})
      await eventually(() => expect(trends(view.view().rows)).toEqual(expected.slice(0, 3)))
      // Another rank style begins a new epoch, with the whole list.
      const reset = new Promise<{ rows: Page['rows'] }>((resolve) => socket.once('standings:reset', resolve))
      await admin.send('PATCH', '/v1/leaderboards/moves', { rankStyle: 'competition' })
      expect(trends((await reset).rows)).toEqual(expected.slice(0, 3))
    } finally {
      sdk.close()
      socket.disconnect()
    }
    // The next day they are counted from there.
    await takeAt('2098-06-02T00:00:00.000Z')
    await submit('moves', 'c', 60)
    const day2 = await fresh()
    expect(trends((await day2.page('moves/standings')).rows)).toEqual([
      ['c', 4],
      ['d', -1],
      ['a', -1],
      ['new', -1],
      ['b', -1],
    ])
  })

  test('of a list without a snapshot, and of an empty one, are null', async () => {
    await stack.board('fresh', { types: ['GLOBAL', 'WEEKLY'] })
    await submit('fresh', 'a', 1)
    const { page } = await fresh()
    expect(trends((await page('fresh/standings')).rows)).toEqual([['a', null]])
    expect((await page('fresh/standings?standings=WEEKLY:2001-W01')).rows).toEqual([])
  })

  test('are unknown, and not waited for, while Postgres is away', async () => {
    const nowhere = connectPool('postgres://nobody@127.0.0.1:1/none', {
      name: 'nowhere',
      max: 1,
      connectTimeoutMs: 1000,
      statementTimeoutMs: 1000,
    })
    const store = createTrendStore(nowhere.sql)
    expect(await store.of(1)).toEqual(new Map())
    // Not even a promise: nobody asks again for a while.
    expect(store.of(2)).toEqual(new Map())
    await nowhere.end(0)
  })

  test('know the first 1,000 only', async () => {
    await stack.board('many')
    const players = Array.from({ length: 1200 }, (_, n) => ({ playerId: `p${n + 1}`, score: 5000 - n }))
    for (const some of [players.slice(0, 600), players.slice(600)])
      await admin.send('POST', '/v1/leaderboards/many/scores/batch', { submissions: some })
    await takeAt('2098-07-01T00:00:00.000Z')
    const [taken] = await takenOf('many')
    expect(Object.keys(taken!.ranks)).toHaveLength(1000)
    await submit('many', 'p1200', 6000)
    await submit('many', 'p1000', 5500)
    const { page } = await fresh()
    const { rows } = await page('many/standings?limit=3')
    expect(trends(rows)).toEqual([
      ['p1200', null],
      ['p1000', 998],
      ['p1', -2],
    ])
    expect(trends((await page('many/standings?limit=2&offset=1000')).rows)).toEqual([
      ['p999', -2],
      ['p1001', null],
    ])
  })
})

test('who left and comes back is new, on every server', async () => {
  await stack.board('left')
  for (const [playerId, score] of [
    ['left-a', 3],
    ['left-b', 2],
    ['left-c', 1],
  ] as const)
    await submit('left', playerId, score)
  await takeAt('2098-07-01T00:00:00.000Z')
  const other = await fresh()
  const first = await fresh()
  const readers = [first, other]
  for (const { page } of readers)
    expect(trends((await page('left/standings')).rows).map(([, trend]) => trend)).toEqual([0, 0, 0])
  await admin.send('DELETE', '/v1/leaderboards/left/players/left-b')
  await admin.send('DELETE', '/v1/players/left-c')
  for (const playerId of ['left-b', 'left-c']) await submit('left', playerId, 9)
  for (const { page } of readers)
    await eventually(async () =>
      expect(trends((await page('left/standings')).rows)).toEqual([
        ['left-b', null],
        ['left-c', null],
        ['left-a', -2],
      ]),
    )
})
