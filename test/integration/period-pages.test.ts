import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page, Periods } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let admin: Client
beforeAll(async () => {
  stack = await startStack()
  admin = await stack.client()
})
afterAll(() => stack.stop())

const periodsOf = async (id: string, query = '') => {
  const answer = await admin.get<Periods>(`/v1/leaderboards/${id}/periods${query}`)
  expect(answer.status).toBe(200)
  return answer.body
}

/** Nothing that reads entries gets an answer while `work` runs. */
async function withoutEntries(work: () => Promise<void>): Promise<void> {
  await stack.sql.begin(async (tx) => {
    await tx`lock table leaderboard_entries in access exclusive mode`
    await work()
  })
}

test('page by page every standings is listed once, newest first', async () => {
  await stack.board('many', { types: ['GLOBAL', 'SESSION'] })
  // Three at a time began in the same microsecond.
  await stack.sql`insert into standings (leaderboard_no, type, key, created_at)
    select no, 'SESSION', 's' || n, '2026-02-03 04:05:06.000007+00'::timestamptz + n / 3 * interval '1 microsecond'
    from leaderboards, generate_series(1, 25) n where id = 'many'`
  await stack.sql`insert into standings (leaderboard_no, type, key, created_at)
    select no, 'GLOBAL', '', '2026-02-03 04:05:06.000010+00' from leaderboards where id = 'many'`
  const rows = await stack.sql<{ name: string; type: string }[]>`
    select case key when '' then 'GLOBAL' else 'SESSION:' || key end as name, type from standings
    where leaderboard_no = (select no from leaderboards where id = 'many') order by created_at desc, id desc`
  const readAll = async (query: string) => {
    const names: string[] = []
    let after = ''
    for (;;) {
      const { periods, next } = await periodsOf('many', `?limit=4${query}${after}`)
      names.push(...periods.map(({ standings }) => standings))
      if (next === null) return names
      expect(periods).toHaveLength(4)
      after = `&after=${next}`
    }
  }
  expect(await readAll('')).toEqual(rows.map(({ name }) => name))
  expect(await readAll('&type=SESSION')).toEqual(rows.flatMap(({ name, type }) => (type === 'SESSION' ? name : [])))
  expect(await periodsOf('many', '?type=GLOBAL')).toMatchObject({
    periods: [{ standings: 'GLOBAL', total: 0 }],
    next: null,
  })
  const refused = await admin.get<{ code: string }>('/v1/leaderboards/many/periods?after=x')
  expect([refused.status, refused.body.code]).toEqual([400, 'VALIDATION'])
})

test('totals are told without counting entries, of what is sealed too, and follow bans and erasures', async () => {
  await stack.board('arena', { types: ['GLOBAL', 'SESSION'], graceMs: 0 })
  for (const playerId of ['a', 'b', 'c', 'd'])
    for (const sessionId of ['past', 'open']) await admin.submit('arena', { playerId, score: 1, sessionId })
  await admin.send('POST', '/v1/leaderboards/arena/sessions/past/close')
  const total = async (name: string) => (await periodsOf('arena')).periods.find(({ standings }) => standings === name)!
  await eventually(
    async () => expect(await total('SESSION:past')).toMatchObject({ status: 'SEALED', total: 4 }),
    60_000,
  )

  await admin.send('POST', '/v1/players/a/ban', { reason: 'test' })
  await admin.send('DELETE', '/v1/players/b')
  expect(await total('SESSION:past')).toMatchObject({ total: 2 })
  await admin.send('POST', '/v1/players/a/unban', {})
  expect(await total('SESSION:past')).toMatchObject({ total: 3 })
  const page = await admin.get<Page>('/v1/leaderboards/arena/standings?standings=SESSION:past')
  expect(page.body).toMatchObject({ total: 3, rows: [{ playerId: 'a' }, { playerId: 'c' }, { playerId: 'd' }] })

  await withoutEntries(async () => {
    const close = await admin.send('POST', '/v1/leaderboards/arena/sessions/open/close')
    expect(close).toMatchObject({ status: 200, body: { standings: 'SESSION:open', total: 3 } })
    expect((await periodsOf('arena', '?type=GLOBAL')).periods).toMatchObject([{ total: 3 }])
  })
})

test('a session that was closed is answered as closed, also when nobody can tell its total', async () => {
  await stack.board('away', { types: ['SESSION'], graceMs: 60_000 })
  await admin.submit('away', { playerId: 'a', score: 1, sessionId: 'one' })
  await stack.redis.stop()
  await withoutEntries(async () => {
    const close = await admin.send('POST', '/v1/leaderboards/away/sessions/one/close')
    expect(close).toMatchObject({ status: 200, body: { status: 'CLOSING', total: null } })
  })
  expect((await periodsOf('away')).periods).toMatchObject([{ standings: 'SESSION:one', total: 1 }])
})
