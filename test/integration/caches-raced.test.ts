import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createDefinitions } from '../../src/actions/define-leaderboards.ts'
import { createTrendTaker } from '../../src/jobs/take-trends.ts'
import { createLog } from '../../src/log.ts'
import { connectPool, keyedAccess, type Pool } from '../../src/postgres/connection/client.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { createPlayerStore } from '../../src/postgres/players/players.ts'
import { createPolling } from '../../src/timing/polling.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import { createTrendStore } from '../../src/postgres/standings/trends.ts'
import type { Leaderboard } from '../../src/ranking/leaderboard.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { gated, gatedSql } from '../helpers/gate.ts'
import { makeLeaderboard } from '../helpers/leaderboards.ts'
import { eventually } from '../helpers/wait.ts'

// Stores over a real Postgres, of which one answer is held while what it tells of changes.

const log = createLog({ level: 'fatal', pretty: false })
const times = { connectTimeoutMs: 20_000, statementTimeoutMs: 0 }
let database: Awaited<ReturnType<typeof cloneDatabase>>
let pool: Pool
beforeAll(async () => {
  database = await cloneDatabase(inject('postgresUrl'))
  pool = connectPool(database.url, { name: 'test', max: 6, ...times, settings: keyedAccess })
})
afterAll(async () => {
  await pool.end(1)
  await database.drop()
})

let boards = 0
const define = async (of: Partial<Leaderboard> = {}) => {
  const { no: _, ...definition } = makeLeaderboard({ id: `raced-${++boards}`, ...of })
  return (await createLeaderboardStore(pool.sql, log).insert(definition))!
}

describe('definitions', () => {
  const ordered = { list: 'order by "leaderboards"."id"', reload: 'order by "leaderboards"."no"' }
  test.each(['list', 'reload'] as const)('that change while they are read (%s) stay changed', async (read) => {
    const board = await define()
    const gate = gatedSql(pool.sql)
    const store = createLeaderboardStore(gate.sql, log)
    await store.find(board.id)
    const held = gate.hold(ordered[read])
    const reading = store[read]()
    await held.reached
    await store.change(board, (now) => ({ ...now, title: 'new' }))
    held.release()
    await reading
    expect((await store.find(board.id))?.title).toBe('new')
  })

  test('of a database that was replaced do not come back', async () => {
    const board = await define()
    const gate = gatedSql(pool.sql)
    const store = createLeaderboardStore(gate.sql, log)
    const held = gate.hold(ordered.list)
    const reading = store.list()
    await held.reached
    await pool.sql`delete from leaderboards where no = ${board.no}`
    await store.reload()
    held.release()
    await reading
    expect([store.byNo(board.no), await store.find(board.id)]).toEqual([null, null])
  })

  test('that are changed by two at once have both changes', async () => {
    const board = await define()
    const store = createLeaderboardStore(pool.sql, log)
    const actions = createDefinitions({ leaderboards: store })
    await actions.getLeaderboard(board.id)
    await Promise.all([
      actions.changeLeaderboard(board.id, { title: 'new' }),
      actions.changeLeaderboard(board.id, { graceMs: 5 }),
      actions.changeLeaderboard(board.id, { liveLimit: 7 }),
    ])
    // Another server's, which has heard of none of them.
    const fresh = createLeaderboardStore(pool.sql, log)
    expect(await fresh.find(board.id)).toMatchObject({ title: 'new', graceMs: 5, liveLimit: 7 })
  })
})

describe('standings', () => {
  const session = async (store: ReturnType<typeof createStandingsStore>, board: Leaderboard) => {
    const target = { type: 'SESSION', key: 'final', startsAt: null, endsAt: null } as const
    return (await store.ensure([{ board, target, make: true }]))[0]!
  }

  test('that are closed while they are read stay closed', async () => {
    const board = await define()
    const gate = gatedSql(pool.sql)
    const store = createStandingsStore(gate.sql)
    const { id } = await session(store, board)
    const held = gate.hold('cross join lateral')
    const reading = store.find(board, 'SESSION', 'final')
    await held.reached
    await store.close(board, 'final', 1000)
    held.release()
    expect(await reading).toMatchObject({ status: 'CLOSING', endsAt: 1000 })
    expect(await store.find(board, 'SESSION', 'final')).toMatchObject({ status: 'CLOSING', endsAt: 1000 })
    expect((await store.byIds([id])).get(id)).toMatchObject({ status: 'CLOSING', endsAt: 1000 })
  })

  test('of a database that was replaced do not come back, and who waits for them gets them', async () => {
    const board = await define()
    const gate = gatedSql(pool.sql)
    const store = createStandingsStore(gate.sql)
    const held = gate.hold('cross join lateral')
    const making = session(store, board)
    await held.reached
    store.forget()
    held.release()
    const { id } = await making
    await pool.sql`update standings set generation = 77 where id = ${id}`
    expect((await store.byIds([id])).get(id)).toMatchObject({ generation: 77 })
  })
})

describe('trends', () => {
  const opened = async () => {
    const board = await define()
    const store = createStandingsStore(pool.sql)
    const target = { type: 'GLOBAL', key: '', startsAt: null, endsAt: null } as const
    const [row] = await store.ensure([{ board, target, make: true }])
    await createTrendStore(pool.sql).save(row!.id, '2026-11-20', new Map([['a', 1]]))
    return { board, id: row!.id }
  }

  test.each(['save', 'forget'])('that were read before a %s are not kept', async (how) => {
    const newer = new Map([['a', 2]])
    // Trends are not waited for long: on a busy machine the store may give up the held read too soon.
    await eventually(async () => {
      const { id } = await opened()
      const gate = gatedSql(pool.sql)
      const store = createTrendStore(gate.sql)
      const held = gate.hold('select ranks')
      const reading = store.of(id)
      await held.reached
      if (how === 'save') await store.save(id, '2026-11-21', newer)
      else {
        await createTrendStore(pool.sql).save(id, '2026-11-21', newer)
        store.forget('all')
      }
      // Who asks after it does not share the read from before it.
      const found = await store.of(id)
      held.release()
      await reading
      expect([found, await store.of(id)]).toEqual([newer, newer])
    }, 8000)
  })

  test('are looked for again in a database that came while the taker looked', async () => {
    await opened()
    const leaderboards = createLeaderboardStore(pool.sql, log)
    const gate = gated(createTrendStore(pool.sql))
    const days: string[] = []
    const taker = createTrendTaker({
      leaderboards,
      standings: createStandingsStore(pool.sql),
      trends: {
        save: (...args) => gate.store.save(...args),
        due(board, day, limit) {
          days.push(board.id)
          return gate.store.due(board, day, limit)
        },
      },
      index: { usable: () => true, page: () => Promise.resolve({ total: 0, entries: [] }) },
      log,
    })
    const held = gate.hold('due')
    const passing = taker.pass()
    await held.reached
    const [first] = days
    taker.forget()
    held.release()
    await passing
    days.length = 0
    await taker.pass()
    expect(days).toContain(first)
  })
})

test('a profile that is dropped between its read and its keeping is read again', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const id = `dropped-${turns}`
    await pool.sql`insert into players (id, display_name) values (${id}, 'old')`
    let answered = () => {}
    const sql = new Proxy(pool.sql, {
      apply(target, _, args: Parameters<typeof pool.sql>) {
        const query = target(...args) as unknown as Promise<unknown>
        if (!(args as unknown as [string[]])[0].join('').includes('cross join lateral')) return query
        return query.then((rows) => {
          answered()
          return rows
        })
      },
    })
    const store = createPlayerStore(sql, 600_000)
    // The change commits behind the read, and is heard of some steps after its answer.
    answered = () => {
      let dropping = Promise.resolve()
      for (let turn = 0; turn < turns; turn++) dropping = dropping.then(() => {})
      void dropping.then(() => store.forget([id]))
    }
    await store.profiles([id])
    answered = () => {}
    await sleep(0)
    await pool.sql`update players set display_name = 'new' where id = ${id}`
    expect((await store.profiles([id])).get(id)?.displayName, `${turns} turns`).toBe('new')
  }
})

test('polling that is stopped during a load ends with it', async () => {
  let [loads, release] = [0, () => {}]
  const polling = createPolling(
    () => {
      loads++
      return new Promise<void>((resolve) => (release = resolve))
    },
    'cannot load',
    log,
  )
  polling.start()
  expect(loads).toBe(1)
  polling.stop()
  release()
  await sleep(1200)
  expect(loads).toBe(1)
})

test('a pool that has ended is not connected again by a query that had no answer', async () => {
  const name = 'ended-pool'
  const own = connectPool(database.url, { name, max: 2, min: 2, ...times, freshForMs: 0 })
  const connections = () =>
    pool.sql<
      { n: number }[]
    >`select count(*) as n from pg_stat_activity where application_name = ${`rankpulse-${name}`}`
  await own.sql`select 1`
  await own.end(1)
  await eventually(async () => expect((await connections())[0]!.n).toBe(0))
  own.renew()
  await sleep(500)
  expect((await connections())[0]!.n).toBe(0)
  await own.end(1)
})
