import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createClock, type Clock } from '../../src/postgres/connection/clock.ts'
import { connectSql, type Sql } from '../../src/postgres/connection/client.ts'
import { eventually } from '../helpers/wait.ts'

const [minute, day] = [60_000, 86_400_000]
let sql: Sql
let clock: Clock
beforeAll(() => {
  sql = connectSql(inject('postgresUrl'), { name: 'test', max: 1, connectTimeoutMs: 20_000, statementTimeoutMs: 0 })
})
afterAll(() => sql.end({ timeout: 1 }))

// The clock of this process is what the test sets, that of Postgres is the machine's.
let shift = 0
const own = () => Date.now() + shift

test.each([
  ['agrees', 0, 'ok', 0],
  ['is a second ahead', 1000, 'ok', 1000],
  ['is days ahead', 8 * day, 'off', 0],
  ['is days behind', -8 * day, 'off', 0],
])('a clock that %s', async (_, ahead, state, used) => {
  shift = ahead
  clock = createClock(sql, createLog({ level: 'silent', pretty: false }), own)
  expect(clock.state()).toEqual({ clock: 'unknown', aheadMs: null })
  expect(Math.abs(clock.now() - own())).toBeLessThan(minute)
  clock.start()
  await eventually(() => Promise.resolve(expect(clock.state().clock).toBe(state)))
  expect(Math.abs(clock.state().aheadMs! - ahead)).toBeLessThan(minute)
  expect(Math.abs(clock.now() - (Date.now() + used))).toBeLessThan(minute)
  await clock.stop()
})

test('a clock that is set is noticed before Postgres is asked again', async () => {
  shift = 0
  clock = createClock(sql, createLog({ level: 'silent', pretty: false }), own)
  clock.start()
  await eventually(() => Promise.resolve(expect(clock.state().clock).toBe('ok')))
  await clock.stop()
  shift = 8 * day
  expect(clock.state().clock).toBe('off')
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(minute)
  shift = 0
  expect(clock.state().clock).toBe('ok')
})
