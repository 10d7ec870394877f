import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createRebuilder } from '../../src/jobs/rebuild.ts'
import { createLog } from '../../src/log.ts'
import { connectPool, keyedAccess, type Pool } from '../../src/postgres/connection/client.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import { createTruth } from '../../src/postgres/repair/truth.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { gated } from '../helpers/gate.ts'
import { makeLeaderboard } from '../helpers/leaderboards.ts'
import { startRankedLists, type RankedLists } from '../helpers/ranked-lists.ts'

const log = createLog({ level: 'fatal', pretty: false })
let lists: RankedLists
let database: Awaited<ReturnType<typeof cloneDatabase>>
let pool: Pool
beforeAll(async () => {
  lists = await startRankedLists()
  database = await cloneDatabase(inject('postgresUrl'))
  const times = { connectTimeoutMs: 20_000, statementTimeoutMs: 0 }
  pool = connectPool(database.url, { name: 'test', max: 4, ...times, settings: keyedAccess })
})
afterAll(async () => {
  await pool.end(1)
  await database.drop()
  await lists.stop()
})

test('rebuilds of a list that wait for the same one follow each other', async () => {
  const { no: _, ...definition } = makeLeaderboard({ id: 'rebuilt', types: ['GLOBAL'] })
  const board = (await createLeaderboardStore(pool.sql, log).insert(definition))!
  const standings = createStandingsStore(pool.sql)
  const target = { type: 'GLOBAL', key: '', startsAt: null, endsAt: null } as const
  const [row] = await standings.ensure([{ board, target, make: true }])
  const of = { board, standings: row! }
  const begun = new Set<string>()
  const builder = gated<typeof lists.builder>({
    ...lists.builder,
    begin(of, token, ...more) {
      begun.add(token)
      return lists.builder.begin(of, token, ...more)
    },
  })
  const options = {
    builder: builder.store,
    writer: lists.writer,
    truth: createTruth(pool),
    standings,
    stopped: () => false,
    log,
  }
  const rebuilder = createRebuilder({ ...options, watchers: () => 0 })

  const firstHeld = builder.hold('load')
  const first = rebuilder.rebuild(of, 'always')
  await firstHeld.reached
  const others = [rebuilder.rebuild(of, 'always'), rebuilder.rebuild(of, 'always')]
  const otherHeld = builder.hold('load')
  firstHeld.release()
  await first
  await otherHeld.reached
  await sleep(500)
  expect([begun.size, rebuilder.running()]).toEqual([2, ['rebuilt/GLOBAL']])
  otherHeld.release()
  await Promise.all(others)
  expect([begun.size, rebuilder.running()]).toEqual([3, []])
})
