import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/embedded/server-process.ts'
import { connectPool, connectSql } from '../../src/postgres/connection/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ env: { DATABASE_POOL_MIN: '3', DATABASE_POOL_MAX: '5' } })
})
afterAll(() => stack.stop())

const backends = () => stack.sql<{ pid: number }[]>`
  select pid from pg_stat_activity where application_name = 'rankpulse-cold' and datname = current_database()`

test('the smaller pool is opened ahead, the larger one is never exceeded, and closed connections come back', async () => {
  await eventually(async () => expect((await backends()).length).toBeGreaterThanOrEqual(3))
  const client = await stack.client()
  // Each of these is a statement of its own on that pool.
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, at) => client.send('POST', '/v1/leaderboards', { id: `board-${at}` })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  const before = (await backends()).map(({ pid }) => pid)
  expect(before.length).toBeLessThanOrEqual(5)
  await stack.sql`select pg_terminate_backend(pid) from unnest(${before}::int[]) pid`
  await eventually(async () => {
    const now = (await backends()).map(({ pid }) => pid)
    expect(now.length).toBeGreaterThanOrEqual(3)
    expect(now.filter((pid) => before.includes(pid))).toEqual([])
  })
})

test('Postgres gives up a peer that a firewall has forgotten within a minute', async () => {
  const sql = connectSql(stack.env['DATABASE_URL']!, {
    name: 'test',
    max: 1,
    connectTimeoutMs: 5000,
    statementTimeoutMs: 5000,
  })
  const [row] = await sql<{ seconds: number }[]>`
    select (current_setting('tcp_keepalives_idle')::int +
      current_setting('tcp_keepalives_interval')::int * current_setting('tcp_keepalives_count')::int) as seconds`
  await sql.end()
  expect(row!.seconds).toBe(60)
})

test('connections of a client that was replaced close unheard: those of the new one are open', async () => {
  const options = { max: 1, connectTimeoutMs: 5000, statementTimeoutMs: 5000, freshForMs: 0 }
  let closed = 0
  const pool = connectPool(stack.env['DATABASE_URL']!, { name: 'replaced', ...options, onClose: () => closed++ })
  const pidOf = async () => (await pool.sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]!.pid
  const old = await pidOf()
  pool.renew()
  expect(await pidOf()).not.toBe(old)
  const gone = async () => expect(await stack.sql`select 1 from pg_stat_activity where pid = ${old}`).toEqual([])
  await eventually(gone)
  await stack.sql`select pg_sleep(0.3)`
  expect(closed).toBe(0)
  await stack.sql`select pg_terminate_backend(${await pidOf()})`
  await eventually(() => expect(closed).toBe(1))
  await pool.end(1)
})

test('a server whose Postgres does not come gives up, and says what it waited for without the password', async () => {
  const url = `postgres://app:hunter2@127.0.0.1:${await freePort()}/games`
  const where = url.slice(url.indexOf('@') + 1)
  const failure = await stack
    .addServer({ DATABASE_URL: url, DATABASE_START_TIMEOUT: '1500' })
    .catch((error: unknown) => String(error))
  expect(failure).toMatch(/exited with 1/)
  expect(failure).toContain(`waiting for Postgres at ${where}`)
  expect(failure).toMatch(new RegExp(`Postgres at ${where} cannot be used after \\d+ attempts: .*ECONNREFUSED`))
  expect(failure).not.toContain('hunter2')
})
