import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { PersonExport } from '../../src/contract/person.ts'
import type { Receipt } from '../../src/contract/submission.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { expectEveryList, sealByHand } from '../helpers/oracle/every-list.ts'
import { follow } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { flushAll } from '../helpers/test-redis.ts'
import { expectListIsTruth } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let admin: Client
let other: Client
let redis: RedisClient
const open: { close(): void }[] = []
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  redis = stack.redisClient()
  admin = await stack.client()
  other = await stack.client('admin', 'second', 1)
})
afterAll(() => stack.stop())
afterEach(() => open.splice(0).forEach((one) => one.close()))

const put = async (playerId: string, more: object = {}) =>
  admin.send('PUT', `/v1/players/${playerId}`, { displayName: `Name of ${playerId}`, ...more })
const erase = async (playerId: string) => (await admin.send('DELETE', `/v1/players/${playerId}`)).status
const ids = (rows: { playerId: string }[]) => rows.map((row) => row.playerId)

/** A duel that the player won, as it is kept once it is verified, disputed by the player before. */
async function makeMatch(id: string, leaderboard: string, winner: string, loser: string) {
  const body = JSON.stringify({
    results: [
      { playerId: winner, placement: 1 },
      { playerId: loser, placement: 2 },
    ],
  })
  await stack.sql`
    insert into matches (id, leaderboard_no, type, status, verification, last_step, last_body)
    select ${id}, no, 'CASUAL', 'COMPLETED', 'VERIFIED', 'VERIFY', ${body}::text::jsonb from leaderboards
    where id = ${leaderboard} and deleted_at is null`
  await stack.sql`
    insert into match_results (match_id, slot, player_id, placement, result, kills)
    values (${id}, 0, ${winner}, 1, 'WIN', 3), (${id}, 1, ${loser}, 2, 'LOSS', 2)`
  await stack.sql`insert into moderation_log (actor, action, match_id, reason)
    values ('game', 'CREATE', ${id}, null), (${winner}, 'DISPUTE', ${id}, 'wrong')`
  await stack.sql`insert into player_totals values (${winner}, 1, 1, 0, 0, 3, 0, 0, 0, 0, 1, 1, 1200)`
}

test('an erased person leaves every list as an ordinary delta, and never comes back', async () => {
  await stack.board('erase', { types: ['GLOBAL', 'DAILY', 'REGIONAL', 'SESSION'] })
  for (const playerId of ['ea', 'eb', 'ec']) {
    await put(playerId, { region: 'EU' })
    await admin.submit('erase', { playerId, score: 5, sessionId: 'x', submissionId: 's1' })
  }
  await sealByHand(stack, 'erase', 'x')
  await stack.sql`
    insert into trend_snapshots select id, current_date, '{"ea": 1, "eb": 2}' from standings where type = 'GLOBAL'`
  await makeMatch('m1', 'erase', 'eb', 'ea')
  const follower = await follow(stack.servers[1]!.url, { leaderboard: 'erase' })
  open.push(follower)
  expect(ids(follower.rows())).toEqual(['ea', 'eb', 'ec'])

  expect(await erase('eb')).toBe(204)
  expect(await erase('eb')).toBe(404)
  await eventually(() => expect(ids(follower.rows())).toEqual(['ea', 'ec']), 8000)
  expect([follower.faults, follower.rejoins()]).toEqual([[], 0])
  const stillGone = async () => {
    const { 'SESSION:x': session, ...lists } = await expectEveryList(stack, other, 'erase').catch(async () =>
      eventually(() => expectEveryList(stack, other, 'erase')),
    )
    expect(ids(session!)).toEqual(['ea', 'ec'])
    expect(Object.values(lists).map(ids)).toEqual(Array.from({ length: 3 }, () => ['ea', 'ec']))
  }
  expect(await other.get('/v1/players/eb')).toMatchObject({ status: 404 })
  expect(await other.get('/v1/leaderboards/erase/players/eb')).toMatchObject({ status: 404 })

  await expectListIsTruth(stack, redis, 'erase')
  await flushAll(redis)
  await eventually(() => expectListIsTruth(stack, redis, 'erase'))
  expect((await admin.send('POST', '/v1/admin/rebuild', { leaderboard: 'erase' })).status).toBe(200)
  await expectListIsTruth(stack, redis, 'erase')
  const audit = await admin.send('POST', '/v1/admin/reconcile', { leaderboard: 'erase' })
  expect(audit.body).toMatchObject({ missing: 0, stale: 0, extra: 0 })

  // What stays: a fence without a score, an anonymous participant, and that somebody was erased.
  const ledger = await stack.sql`
    select kind, score, submission_id, metadata, effects from submissions where player_id = 'eb'`
  const effects = ledger[0]!['effects'] as { a: null; b: null }[]
  expect(ledger).toMatchObject([{ kind: 'ERASE', score: null, submission_id: null, metadata: null }])
  expect(effects.map(({ a, b }) => [a, b])).toEqual(Array.from({ length: 4 }, () => [null, null]))
  expect(await stack.sql`select slot, player_id, placement, kills from match_results order by slot`).toEqual([
    { slot: 0, player_id: null, placement: 1, kills: 3 },
    { slot: 1, player_id: 'ea', placement: 2, kills: 2 },
  ])
  expect(await stack.sql`select last_body from matches`).toEqual([{ last_body: {} }])
  expect(await stack.sql`select ranks from trend_snapshots`).toEqual([{ ranks: { ea: 1 } }])
  expect(await stack.sql`select actor, action, player_id from moderation_log order by id`).toEqual([
    { actor: 'game', action: 'CREATE', player_id: null },
    { actor: null, action: 'DISPUTE', player_id: null },
    { actor: 'tester', action: 'ERASE', player_id: null },
  ])
  const tables = await stack.sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public'`
  // Its id is kept in the ledger, and for an hour where other nodes are told what to forget.
  for (const { name } of tables.filter((table) => !['submissions', 'changes'].includes(table.name))) {
    const rows = await stack.sql`select t::text as row from ${stack.sql(name)} t where t::text ~ '\\meb\\M'`
    expect({ name, rows: [...rows] }).toEqual({ name, rows: [] })
  }
  await stillGone()

  // The same id is a new, unknown person: no name, and its own memory of submission ids.
  const { body } = await other.submit<Receipt>('erase', { playerId: 'eb', score: 9, submissionId: 's1' })
  expect(body).toMatchObject({ applied: true, duplicate: false })
  expect(body.standings[0]).toMatchObject({ standings: 'GLOBAL', previousScore: null, previousRank: null, rank: 1 })
  expect((await admin.get('/v1/players/eb')).body).toEqual({ playerId: 'eb', displayName: 'eb' })
  await eventually(() => expect(follower.rows()[0]).toEqual({ playerId: 'eb', score: 9, displayName: 'eb' }), 8000)
  expect(await erase('eb')).toBe(204)
  expect(await stack.sql`select kind from submissions where player_id = 'eb'`).toEqual([{ kind: 'ERASE' }])
  await stillGone()
})

test('a banned person is erased like any other', async () => {
  await stack.board('both')
  for (const playerId of ['ba', 'bb']) await admin.submit('both', { playerId, score: 5 })
  await admin.send('POST', '/v1/players/ba/ban', { reason: 'x' })
  expect(await erase('ba')).toBe(204)
  expect((await expectEveryList(stack, other, 'both'))['GLOBAL']).toEqual([{ playerId: 'bb', score: 5 }])
  // The ban went with the person.
  await admin.submit('both', { playerId: 'ba', score: 6 })
  expect((await expectEveryList(stack, other, 'both'))['GLOBAL']![0]).toEqual({ playerId: 'ba', score: 6 })
})

test('an export holds everything that is kept', async () => {
  await stack.board('exported', { types: ['GLOBAL', 'SESSION'], decimals: 2, submitBy: 'player' })
  await stack.board('removed')
  await put('xa', { region: 'EU', country: 'DE', metadata: { team: 'red' } })
  await admin.submit('removed', { playerId: 'xa', score: 3 })
  await admin.send('DELETE', '/v1/leaderboards/removed')
  // What a deleted leaderboard held is worked off.
  await eventually(async () => {
    const left = await stack.sql`
      select 1 from submissions s join leaderboards l on l.no = s.leaderboard_no
      where l.id = 'removed' union all
      select 1 from leaderboard_entries e join standings s on s.id = e.standings_id
      join leaderboards l on l.no = s.leaderboard_no where l.id = 'removed'`
    expect(left).toHaveLength(0)
  })
  const first = { playerId: 'xa', score: 1.25, submissionId: 's1', sessionId: 'n1', metadata: { map: 'x' } }
  await admin.submit('exported', first)
  await admin.submit('exported', { playerId: 'xa', score: 1, submissionId: 's2' })
  await put('xb')
  await makeMatch('m3', 'exported', 'xa', 'xb')
  await admin.send('POST', '/v1/players/xa/ban', { reason: 'looked odd' })

  const own = await stack.client('player', 'xa', 1)
  const { status, body } = await own.get<PersonExport>('/v1/players/xa/export')
  expect(status).toBe(200)
  expect(body.player).toMatchObject({ playerId: 'xa', displayName: 'Name of xa', region: 'EU', country: 'DE' })
  expect(body.player).toMatchObject({ metadata: { team: 'red' }, bannedAt: expect.any(String) as string })
  expect(body.totals).toMatchObject({ matches: 1, wins: 1, kills: 3 })
  expect(body.entries).toEqual([
    { leaderboard: 'exported', standings: 'GLOBAL', score: 1.25, hidden: true },
    { leaderboard: 'exported', standings: 'SESSION:n1', score: 1.25, hidden: true },
  ])
  const applied = { score: 1.25, previousScore: null, reason: null }
  expect(body.submissions).toMatchObject([
    {
      leaderboard: 'exported',
      kind: 'SCORE',
      submissionId: 's1',
      score: 1.25,
      sessionId: 'n1',
      metadata: { map: 'x' },
      standings: [
        { standings: 'GLOBAL', ...applied },
        { standings: 'SESSION:n1', ...applied },
      ],
    },
    { submissionId: 's2', score: 1, standings: [{ standings: 'GLOBAL', score: 1.25, reason: 'NOT_BETTER' }] },
    { kind: 'BAN', score: null, reason: 'looked odd', standings: [{ score: 1.25 }, { score: 1.25 }] },
  ])
  expect(body.matches).toMatchObject([{ id: 'm3', leaderboard: 'exported', placement: 1, result: 'WIN', kills: 3 }])
  expect(body.moderation).toMatchObject([
    { action: 'BAN', reason: 'looked odd' },
    { action: 'DISPUTE', reason: 'wrong', matchId: 'm3', actor: 'xa' },
  ])
  expect(body.moderation[0]).not.toHaveProperty('actor')

  const asAdmin = (await other.get<PersonExport>('/v1/players/xa/export')).body
  expect(asAdmin.moderation[0]).toMatchObject({ actor: 'tester' })
  expect((await (await stack.client('server', 'game')).get('/v1/players/xa/export')).status).toBe(200)
  const stranger = await stack.client('player', 'xb')
  expect(await stranger.get('/v1/players/xa/export')).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
})

test('an export of 30,000 rows has each of them once', async () => {
  await stack.board('long')
  await put('la')
  await stack.sql`
    insert into submissions (leaderboard_no, player_id, submission_id, score, effects, occurred_at)
    select no, 'la', 's' || n, n, '[]', now() from leaderboards, generate_series(1, 30000) n
    where leaderboards.id = 'long'`
  const { body } = await admin.get<PersonExport>('/v1/players/la/export')
  const wanted = Array.from({ length: 30_000 }, (_, n) => `s${n + 1}`)
  expect(body.submissions.map((one) => one.submissionId)).toEqual(wanted)
})
