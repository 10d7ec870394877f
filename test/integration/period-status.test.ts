import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createClient, type RankpulseClient } from '../../src/client/client.ts'
import type { StandingsView } from '../../src/client/standings-view.ts'
import type { Joined } from '../../src/contract/live.ts'
import type { Page, Periods } from '../../src/contract/reads.ts'
import type { Receipt } from '../../src/contract/submission.ts'
import type { Client } from '../helpers/client.ts'
import { ask, connectSocket, follow } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// What every place that shows a period says of its status.

const day = 86_400_000
let stack: Stack
let admin: Client
const open: { close(): void }[] = []
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  admin = await stack.client()
})
afterAll(async () => stack.stop())
afterEach(() => open.splice(0).forEach((one) => one.close()))

const page = (id: string, standings: string) =>
  admin.get<Page>(`/v1/leaderboards/${id}/standings?standings=${standings}`)
const join = async (leaderboard: string, standings: string) => {
  const socket = await connectSocket(stack.url)
  open.push({ close: () => socket.disconnect() })
  return ask<Joined>(socket, 'standings:join', { leaderboard, standings })
}
const watch = (leaderboard: string, standings: string, server = 0): (() => StandingsView) => {
  const client: RankpulseClient = createClient(stack.servers[server]!.url)
  open.push(client)
  return client.joinStandings({ leaderboard, standings }, () => {}).view
}
const keyOf = (instant: number) => new Date(instant).toISOString().slice(0, 10)

test('a past period that nobody scored in is sealed after its grace, and closing before', async () => {
  await stack.board('past', { types: ['DAILY', 'WEEKLY', 'MONTHLY'] })
  await stack.board('late', { types: ['DAILY'], graceMs: 40 * day })
  for (const [id, standings, status] of [
    ['past', 'DAILY:2020-02-29', 'SEALED'],
    ['past', 'WEEKLY:2020-W53', 'SEALED'],
    ['past', 'MONTHLY:2020-02', 'SEALED'],
    ['late', 'DAILY:2020-02-29', 'SEALED'],
    ['late', `DAILY:${keyOf(Date.now() - 2 * day)}`, 'CLOSING'],
  ] as const) {
    expect((await page(id, standings)).body).toMatchObject({ total: 0, rows: [], period: { status } })
    expect((await join(id, standings)).data).toMatchObject({ room: `${id}/${standings}`, period: { status } })
    const view = watch(id, standings)
    await eventually(() => expect(view()).toMatchObject({ state: 'closed', rows: [], period: { status } }))
  }
  const follower = await follow(stack.url, { leaderboard: 'past', standings: 'DAILY:2020-02-29' })
  open.push(follower)
  await eventually(() => {
    const heads = follower.messages.filter(({ event }) => event === 'standings:head')
    expect(heads.at(-1)?.payload).toMatchObject({ next: 'DAILY:2020-03-01', period: { status: 'SEALED' } })
  })
  // A late score is refused, which is what the status says.
  const late = { playerId: 'a', score: 1, occurredAt: '2020-02-29T12:00:00.000Z' }
  expect((await admin.submit('past', late)).status).toBe(409)
})

test('a day that the time zone skipped does not exist, and its neighbours touch', async () => {
  await stack.board('apia', { types: ['DAILY', 'WEEKLY'], timezone: 'Pacific/Apia' })
  const skipped = 'DAILY:2011-12-30'
  expect(await page('apia', skipped)).toMatchObject({
    status: 400,
    body: { code: 'VALIDATION', issues: [{ path: 'standings' }] },
  })
  expect(await join('apia', skipped)).toMatchObject({ error: { code: 'VALIDATION' } })
  const before = (await page('apia', 'DAILY:2011-12-29')).body.period!
  const after = (await page('apia', 'DAILY:2011-12-31')).body.period!
  expect(before.endsAt).toBe(after.startsAt)
  const view = watch('apia', 'DAILY:2011-12-29')
  await eventually(() => expect(view()).toMatchObject({ state: 'closed', next: 'DAILY:2011-12-31' }))
})

test('the view of a season that is closed by hand, and of a session, has its present end', async () => {
  await stack.board('seasons', { types: ['SEASONAL', 'SESSION'], graceMs: 0 })
  const season = { slug: 'hand', leaderboard: 'seasons', title: 'x' }
  const planned = new Date(Date.now() + 30 * day).toISOString()
  const times = { startsAt: new Date(Date.now() - day).toISOString(), endsAt: planned }
  expect((await admin.send('POST', '/v1/seasons', { ...season, ...times })).status).toBe(201)
  await admin.submit('seasons', { playerId: 'a', score: 1, sessionId: 'final' })
  const other = await stack.client('admin', 'tester', 1)
  const heard = () => other.get('/v1/leaderboards/seasons/standings?standings=SEASONAL:hand')
  await eventually(async () => expect((await heard()).status).toBe(200))
  // One client on each server: the rooms are published by one of them.
  const views = [0, 1].map((server) => watch('seasons', 'SEASONAL:hand', server))
  const sessions = [0, 1].map((server) => watch('seasons', 'SESSION:final', server))
  for (const view of views)
    await eventually(() => expect(view()).toMatchObject({ state: 'live', period: { endsAt: planned, status: 'OPEN' } }))
  for (const view of sessions) await eventually(() => expect(view()).toMatchObject({ state: 'live', period: null }))

  const closed = (await admin.send<{ endsAt: string }>('POST', '/v1/seasons/hand/close')).body
  await admin.send('POST', '/v1/leaderboards/seasons/sessions/final/close')
  const seen = new Set<string | undefined>()
  for (const view of [...views, ...sessions])
    await eventually(() => {
      const { state, period } = view()
      if (state === 'closed') seen.add(period?.status)
      expect(state).toBe('closed')
      expect(period?.status).toBe('SEALED')
    })
  expect(seen).not.toContain('OPEN')
  for (const view of views) expect(view().period?.endsAt).toBe(closed.endsAt)
  const { periods } = (await admin.get<Periods>('/v1/leaderboards/seasons/periods')).body
  for (const view of [...views, ...sessions])
    expect(periods.find(({ standings }) => standings === view().standings)).toMatchObject({ ...view().period })
})

test('a day that ends is closed, then sealed, on the server that does not publish it too', async () => {
  await stack.board('daily', { types: ['DAILY'], graceMs: 0 })
  await admin.submit('daily', { playerId: 'a', score: 3 })
  // Midnight comes early for this row, and every server knows.
  await stack.sql`update standings set ends_at = now() + interval '5 s' where type = 'DAILY' and ends_at > now()`
  const [row] = await stack.sql<
    { at: Date }[]
  >`select ends_at as at from standings where type = 'DAILY' order by id desc`
  const endsAt = row!.at.toISOString()
  const today = `DAILY:${keyOf(Date.now())}`
  for (const server of [0, 1]) {
    const client = await stack.client('admin', 'tester', server)
    const read = () => client.get<Page>(`/v1/leaderboards/daily/standings?standings=${today}`)
    await eventually(async () => expect((await read()).body.period).toMatchObject({ endsAt }))
  }
  const views = [0, 1].map((server) => watch('daily', today, server))
  for (const view of views)
    await eventually(() => expect(view()).toMatchObject({ state: 'closed', period: { endsAt, status: 'SEALED' } }))
})

test('a view of a leaderboard that is deleted has no period', async () => {
  await stack.board('gone', { types: ['WEEKLY'] })
  const view = watch('gone', 'WEEKLY')
  await eventually(() => expect(view()).toMatchObject({ state: 'live', period: { status: 'OPEN' } }))
  await admin.send('DELETE', '/v1/leaderboards/gone')
  await eventually(() => expect(view()).toMatchObject({ state: 'closed', period: null }))
})

test('a session that was closed by mistake is opened again, for scores and for new joins', async () => {
  await stack.board('again', { types: ['SESSION'] })
  await admin.submit('again', { playerId: 'a', score: 1, sessionId: 'final' })
  const closed = await admin.send('POST', '/v1/leaderboards/again/sessions/final/close')
  expect(closed.body).toMatchObject({ status: 'CLOSING' })
  const named = { leaderboard: 'again', standings: 'SESSION:final' }
  const server = await stack.client('server', 'game')
  expect((await server.send('POST', '/v1/admin/reopen', named)).status).toBe(403)
  const reopened = await admin.send('POST', '/v1/admin/reopen', named)
  expect(reopened).toMatchObject({ status: 200, body: { ...named, status: 'OPEN' } })
  const { body } = await admin.submit<Receipt>('again', { playerId: 'a', score: 2, sessionId: 'final' })
  expect(body.standings).toMatchObject([{ applied: true, rank: 1, score: 2 }])
  const view = watch('again', 'SESSION:final', 1)
  await eventually(() => expect(view()).toMatchObject({ state: 'live', period: null }))
  await stack.sql`update standings set status = 'SEALED' where key = 'final'`
  expect(await admin.send('POST', '/v1/admin/reopen', named)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
})
