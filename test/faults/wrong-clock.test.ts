import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

const dayMs = 86_400_000
const preload = fileURLToPath(new URL('../helpers/shifted-clock.mjs', import.meta.url))

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
}, 240_000)
afterAll(() => stack.stop())

interface Receipt {
  standings: { standings: string; applied: boolean }[]
}
interface Health {
  status: string
  clock: string
  clockAheadMs: number
}

test('a server whose clock is days ahead says so, uses the time of Postgres and ends nothing', async () => {
  const admin = await stack.client()
  const types = ['GLOBAL', 'DAILY', 'SESSION']
  expect((await admin.send('POST', '/v1/leaderboards', { id: 'arena', types, graceMs: 0 })).status).toBe(201)
  const wrong = await stack.addServer({ NODE_OPTIONS: `--import ${preload}`, CLOCK_SHIFT_MS: String(8 * dayMs) })
  const through = createClient(wrong.url, await stack.token('admin', 'tester', (30 * dayMs) / 1000))
  const health = async (url: string) => (await (await fetch(`${url}/health`)).json()) as Health
  await eventually(async () => expect(await health(wrong.url)).toMatchObject({ clock: 'off', status: 'degraded' }))
  expect((await health(wrong.url)).clockAheadMs).toBeGreaterThan(7 * dayMs)
  expect((await fetch(`${wrong.url}/health/ready`)).status).toBe(200)
  expect(await (await fetch(`${wrong.url}/metrics`)).text()).toMatch(/^rankpulse_clock_ahead_seconds 69\d{4}/m)
  expect(await health(stack.url)).toMatchObject({ clock: 'ok', status: 'ok' })
  expect(wrong.logs.filter((line) => line.includes('closes and seals nothing'))).toHaveLength(1)

  const today = async () =>
    (await stack.sql<{ key: string }[]>`select to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as key`)[0]!.key
  const submit = async (client: typeof admin, sessionId: string) => {
    const days = [await today()]
    const { status, body } = await client.submit<Receipt>('arena', { playerId: 'a', score: days.length, sessionId })
    days.push(await today())
    expect(status).toBe(200)
    const named = body.standings.map((item) => item.standings)
    expect(days.map((day) => `DAILY:${day}`)).toContain(named[1])
    return named
  }
  await submit(through, 'one')
  // What did end is closed and sealed by the other server; what has not stays open.
  await stack.sql`
    insert into standings (leaderboard_no, type, key, starts_at, ends_at)
    select no, 'DAILY', '2025-02-03', '2025-02-03', '2025-02-04' from leaderboards where id = 'arena'`
  await eventually(async () => {
    const rows = await stack.sql<{ status: string; key: string }[]>`
      select status, key from standings where ends_at > now() or type = 'SESSION' or key = '2025-02-03'`
    const expected = (key: string) => (key === '2025-02-03' ? 'SEALED' : 'OPEN')
    expect(rows.map(({ key, status }) => `${key} ${status}`)).toEqual(rows.map(({ key }) => `${key} ${expected(key)}`))
  })
  await submit(admin, 'two')
})
