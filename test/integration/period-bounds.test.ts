import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import { connectPool, keyedAccess, type Pool } from '../../src/postgres/connection/client.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { makeLeaderboard } from '../helpers/leaderboards.ts'

let database: Awaited<ReturnType<typeof cloneDatabase>>
let pool: Pool
beforeAll(async () => {
  database = await cloneDatabase(inject('postgresUrl'))
  const times = { connectTimeoutMs: 20_000, statementTimeoutMs: 0 }
  pool = connectPool(database.url, { name: 'bounds', max: 2, ...times, settings: keyedAccess })
})
afterAll(async () => {
  await pool.end(1)
  await database.drop()
})

test('a server with newer rules of a time zone corrects the bounds of open periods, and of no others', async () => {
  const log = createLog({ level: 'warn', pretty: false })
  const { no: _, ...definition } = makeLeaderboard({ types: ['DAILY', 'SESSION'] })
  const board = (await createLeaderboardStore(pool.sql, log).insert(definition))!
  const [startsAt, endsAt] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 2)]
  const wanted = [
    { type: 'DAILY', key: '2026-11-01', startsAt, endsAt },
    { type: 'DAILY', key: '2026-10-31', startsAt: startsAt - 86_400_000, endsAt: startsAt },
    { type: 'SESSION', key: 's', startsAt: null, endsAt: null },
  ].map((target) => ({ board, target: target as never, make: true }))
  const bounds = async () =>
    (await createStandingsStore(pool.sql).ensure(wanted)).map((row) => [row?.startsAt, row?.endsAt])
  const made = await bounds()
  // An hour less, as older rules had it.
  await pool.sql`update standings set ends_at = ends_at - interval '1 hour' where type = 'DAILY'`
  await pool.sql`update standings set status = 'CLOSING' where key = '2026-10-31'`
  await pool.sql`update standings set ends_at = ${new Date(endsAt)} where type = 'SESSION'`
  expect(await bounds()).toEqual([made[0], [made[1]![0], startsAt - 3_600_000], [null, endsAt]])
})
