import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RedisClient } from '../../src/redis/open.ts'
import { lockPlayers } from '../helpers/lock-players.ts'
import type { Client } from '../helpers/client.ts'
import { expectEveryList } from '../helpers/oracle/every-list.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { expectListIsTruth } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let nodes: Client[]
let redis: RedisClient
beforeAll(async () => {
  stack = await startStack({ nodes: 2, env: { PLAYER_SUBMITS_PER_S: '0' } })
  redis = stack.redisClient()
  nodes = [await stack.client(), await stack.client('admin', 'second', 1)]
})
afterAll(() => stack.stop())

const node = (n: number) => nodes[n % 2]!
const ids = (rows: { playerId: string }[]) => rows.map((row) => row.playerId)

/** Entries are hidden exactly where the player is banned, and REGIONAL is GLOBAL of the region's players. */
async function expectConsistent(leaderboard: string): Promise<void> {
  const wrong = await stack.sql`
    select e.player_id, s.type, e.hidden from leaderboard_entries e join players p on p.id = e.player_id
      join standings s on s.id = e.standings_id join leaderboards l on l.no = s.leaderboard_no
    where l.id = ${leaderboard} and e.hidden <> (p.banned_at is not null)`
  expect([...wrong]).toEqual([])
  const regional = await stack.sql`
    select e.player_id, s.key as region, e.score, e.tie, e.hidden from leaderboard_entries e
      join standings s on s.id = e.standings_id join leaderboards l on l.no = s.leaderboard_no
    where l.id = ${leaderboard} and s.type = 'REGIONAL' order by e.player_id`
  const expected = await stack.sql`
    select e.player_id, p.region, e.score, e.tie, e.hidden from leaderboard_entries e
      join players p on p.id = e.player_id join standings s on s.id = e.standings_id
      join leaderboards l on l.no = s.leaderboard_no
    where l.id = ${leaderboard} and s.type = 'GLOBAL' and p.region is not null order by e.player_id`
  expect([...regional]).toEqual([...expected])
  await eventually(async () => {
    await expectListIsTruth(stack, redis, leaderboard)
    for (const client of nodes) await expectEveryList(stack, client, leaderboard)
  })
}

test('bans, moves and erasures race with submissions from two servers', async () => {
  await stack.board('raced', { types: ['GLOBAL', 'REGIONAL'] })
  const players = ['ra', 'rb', 'rc', 'rd']
  const state = { over: false }
  let sent = 0
  const submitting = [0, 1, 2, 3].map(async (worker) => {
    while (!state.over) {
      const n = sent++
      const submission = { playerId: players[n % 4]!, score: n >> 3, submissionId: `w${worker}-${n}` }
      const { status, body } = await node(worker).submit('raced', submission)
      expect({ status, body }).toMatchObject({ status: 200 })
    }
  })
  const deciding = players.map(async (playerId, at) => {
    for (let n = 0; n < 12; n++) {
      const region = [undefined, 'EU', 'US'][(n + at) % 3]
      const steps: [string, string, object | undefined][] = [
        ['PUT', '', { displayName: playerId, ...(region && { region }) }],
        ['POST', '/ban', { reason: `step ${n}` }],
        ['PUT', '', { displayName: playerId, region: 'JP' }],
        n % 4 === 3 ? ['DELETE', '', undefined] : ['POST', '/unban', undefined],
      ]
      for (const [method, path, body] of steps) {
        const { status } = await node(n + at).send(method, `/v1/players/${playerId}${path}`, body)
        expect([200, 201, 204]).toContain(status)
      }
    }
  })
  await Promise.all(deciding)
  state.over = true
  await Promise.all(submitting)
  expect(sent).toBeGreaterThan(50)
  await expectConsistent('raced')

  await Promise.all(players.map(async (id, n) => node(n).send('POST', `/v1/players/${id}/unban`)))
  await expectConsistent('raced')
})

test('what is decided while Redis is away is in the lists when it is back', async () => {
  await stack.board('away', { types: ['GLOBAL', 'REGIONAL'] })
  const players = ['wa', 'wb', 'wc', 'wd', 'we']
  for (const id of players) await node(0).send('PUT', `/v1/players/${id}`, { displayName: id, region: 'EU' })
  for (const playerId of players) await node(1).submit('away', { playerId, score: 5 })
  await expectConsistent('away')

  await stack.redis.stop()
  expect((await node(0).send('POST', '/v1/players/wb/ban', { reason: 'x' })).status).toBe(200)
  expect((await node(1).send('PUT', '/v1/players/wc', { displayName: 'wc', region: 'US' })).status).toBe(200)
  expect((await node(0).send('DELETE', '/v1/players/wd')).status).toBe(204)
  // Redis has not heard of the removal and the move, and the erasure takes their rows of the ledger away.
  expect((await node(1).send('PUT', '/v1/players/we', { displayName: 'we', region: 'US' })).status).toBe(200)
  expect((await node(1).send('DELETE', '/v1/leaderboards/away/players/we')).status).toBe(204)
  expect((await node(1).send('DELETE', '/v1/players/we')).status).toBe(204)
  const { body } = await node(1).get<{ source: string; rows: { playerId: string }[] }>(
    '/v1/leaderboards/away/standings',
  )
  expect([body.source, ids(body.rows)]).toEqual(['postgres', ['wa', 'wc']])

  await stack.restartRedis()
  await expectConsistent('away')
  const lists = await expectEveryList(stack, node(0), 'away')
  expect(Object.fromEntries(Object.entries(lists).map(([name, rows]) => [name, ids(rows)]))).toEqual({
    GLOBAL: ['wa', 'wc'],
    'REGIONAL:EU': ['wa'],
    'REGIONAL:US': ['wc'],
  })
})

test('a decision that has to wait long is answered in time, goes on, and may be repeated', async () => {
  await stack.board('waiting', { types: ['GLOBAL', 'REGIONAL'] })
  for (const playerId of ['la', 'lb']) await node(0).submit('waiting', { playerId, score: 5 })
  const ban = async () => node(1).send('POST', '/v1/players/la/ban', { reason: 'x' })
  // Answered while the player's lock is held.
  const answer = await stack.sql.begin(async (tx) => {
    await lockPlayers(tx, ['la'])
    return ban()
  })
  expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE', retryable: true } })
  await eventually(async () => {
    const rows = await stack.sql`select kind, reason from submissions where player_id = 'la' and kind = 'BAN'`
    expect([...rows]).toEqual([{ kind: 'BAN', reason: 'x' }])
  })
  expect(await ban()).toMatchObject({ status: 200, body: { banned: true, reason: 'x' } })
  await expectConsistent('waiting')
})

test('who is made and erased by others while a batch makes the same player has a place all the same', async () => {
  await stack.board('reborn', { types: ['GLOBAL', 'REGIONAL'] })
  await node(1).submit('reborn', { playerId: 'there', score: 1 })
  const batch = { submissions: ['aa', 'bb'].map((playerId) => ({ playerId, score: 7 })) }
  // The batch has drawn its ids, and waits for whether its first player is made by this transaction.
  const { answer } = await stack.sql.begin(async (tx) => {
    await tx`insert into players (id, display_name) values ('aa', 'aa')`
    const sent = node(0).send('POST', '/v1/leaderboards/reborn/scores/batch', batch)
    await eventually(async () => {
      const waiting = await stack.sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      expect(waiting).toHaveLength(1)
    })
    expect((await node(1).submit('reborn', { playerId: 'bb', score: 9 })).status).toBe(200)
    expect((await node(1).send('DELETE', '/v1/players/bb')).status).toBe(204)
    await tx`delete from players where id = 'aa'`
    return { answer: sent }
  })
  expect(await answer).toMatchObject({
    status: 200,
    body: { receipts: [{ standings: [{ rank: 1 }] }, { standings: [{ rank: 2, total: 3 }] }] },
  })
  await expectConsistent('reborn')
})
