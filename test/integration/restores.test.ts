import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { RankedList, RankRow } from '../../src/actions/ports/ranks.ts'
import { createRebuilder } from '../../src/jobs/rebuild.ts'
import { createLog } from '../../src/log.ts'
import { connectPool, keyedAccess, type Pool } from '../../src/postgres/connection/client.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import { createTruth } from '../../src/postgres/repair/truth.ts'
import { mastersOf } from '../../src/redis/open.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { gated } from '../helpers/gate.ts'
import { makeLeaderboard } from '../helpers/leaderboards.ts'
import { startRankedLists, type RankedLists } from '../helpers/ranked-lists.ts'
import { flushAll } from '../helpers/test-redis.ts'
import { eventually } from '../helpers/wait.ts'

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

/** Another server, as far as restores go. */
function startNode(refuses: (some: RankedList[]) => boolean = () => false) {
  const standings = createStandingsStore(pool.sql)
  const rows = gated(standings)
  const builder = gated<typeof lists.builder>({
    ...lists.builder,
    begin: (some, ...more) =>
      refuses(some) ? Promise.reject(new Error('refused')) : lists.builder.begin(some, ...more),
  })
  const options = { builder: builder.store, writer: lists.writer, truth: createTruth(pool), standings: rows.store, log }
  const rebuilder = createRebuilder({ ...options, stopped: () => false, watchers: () => 0 })
  return { standings, rows, builder, rebuilder }
}

/** A leaderboard whose GLOBAL has these players in Postgres, and its list. */
async function makeList(id: string, players: Record<string, number>): Promise<RankedList> {
  const { no: _, ...definition } = makeLeaderboard({ id, types: ['GLOBAL'], order: 'desc', ties: 'first' })
  const board = (await createLeaderboardStore(pool.sql, log).insert(definition))!
  const target = { type: 'GLOBAL', key: '', startsAt: null, endsAt: null } as const
  const { standings, rebuilder } = startNode()
  const [row] = await standings.ensure([{ board, target, make: true }])
  for (const [playerId, score] of Object.entries(players))
    await pool.sql`
      insert into leaderboard_entries (standings_id, player_id, score, version, tie)
      values (${row!.id}, ${playerId}, ${score}, 5, 5)`
  return (await rebuilder.restore({ board, standings: row! }))!
}

const rowOf = (list: RankedList, playerId: string, version: number, hidden = false): RankRow => ({
  ...list,
  playerId,
  score: 999,
  version,
  tie: version,
  hidden,
})
const write = async (list: RankedList, ...rows: RankRow[]) =>
  (await lists.writer.write([{ list, rows }], true))[0]!.state
const ranked = async (list: RankedList) => (await lists.index.page(list, 0, 10)).entries.map(({ playerId }) => playerId)

test('a restore whose row is older than a rebuild leaves what the rebuild made', async () => {
  const list = await makeList('older-row', { hero: 7 })
  const [late, other] = [startNode(), startNode()]
  const held = late.rows.hold('reloadAll')
  const restoring = late.rebuilder.restore(list)
  await held.reached
  await other.rebuilder.rebuild(list, 'always')
  const { generation } = (await other.standings.reload(list.standings.id))!
  held.release()
  const now = (await restoring)!
  expect([list.standings.generation, now.standings.generation]).toEqual([generation - 1, generation])
  expect((await other.standings.reload(list.standings.id))!.generation).toBe(generation)
  expect(await ranked(now)).toEqual(['hero'])
})

test('a list in Redis that is ahead of Postgres is built again: the database was set back', async () => {
  const list = await makeList('set-back', { hero: 7, foe: 9 })
  await pool.sql`delete from leaderboard_entries where standings_id = ${list.standings.id} and player_id = 'foe'`
  await pool.sql`update standings set generation = generation - 1 where id = ${list.standings.id}`
  const { standings, rebuilder } = startNode()
  const now = (await rebuilder.restore({ ...list, standings: (await standings.reload(list.standings.id))! }))!
  expect(await ranked(now)).toEqual(['hero'])
})

describe('an application that is held up in the network does not count during and after', () => {
  test.each([
    ['a flush and a restore', async () => flushAll(lists.redis), 'restore'],
    ['a rebuild of what is distrusted', async () => {}, 'distrust'],
    ['a rebuild of what is served', async () => {}, 'always'],
  ] as const)('%s', async (_, damage, how) => {
    const of = await makeList(`held-${how}`, { other: 5 })
    // Version 10 is on its way and 11, an erasure, is there: Postgres has no row of it any more.
    expect(await write(of, rowOf(of, 'cheat', 11, true))).toBe('WHOLE')
    await damage()
    const { standings, builder, rebuilder } = startNode()
    const held = builder.hold('begin')
    const built = how === 'restore' ? rebuilder.restore(of) : rebuilder.rebuild(of, how)
    await held.reached
    // One comes while it is built, one when it is done.
    await write(of, rowOf(of, 'cheat', 10))
    held.release()
    await built
    await write(of, rowOf(of, 'cheat', 10))
    const now = { ...of, standings: (await standings.reload(of.standings.id))! }
    expect(await ranked(now)).toEqual(['other'])
  })

  test('a restore, under the generation that it drew: who leaves meanwhile is remembered', async () => {
    const of = await makeList('held-drawn', { other: 5 })
    await flushAll(lists.redis)
    const { standings, builder, rebuilder } = startNode()
    const held = builder.hold('begin')
    const restored = rebuilder.restore(of)
    await held.reached
    // Nobody has drawn it yet: this one is written as the erasure of a slower node is, before the list takes rows.
    expect(await write(of, rowOf(of, 'cheat', 11, true))).toBe('LOST')
    held.release()
    const now = (await restored)!
    expect(now.standings.generation).toBe(of.standings.generation + 1)
    expect((await standings.reload(of.standings.id))!.generation).toBe(now.standings.generation)
    expect(await write(now, rowOf(now, 'cheat', 10))).toBe('WHOLE')
    expect(await ranked(now)).toEqual(['other'])
  })
})

test('two nodes that restore the same list build it once, under one new generation', async () => {
  const of = await makeList('once', { a: 1, b: 2 })
  await flushAll(lists.redis)
  const [one, two] = [startNode(), startNode()]
  const held = one.builder.hold('begin')
  const first = one.rebuilder.restore(of)
  await held.reached
  const second = two.rebuilder.restore(of)
  await one.standings.reload(of.standings.id)
  held.release()
  const restored = await Promise.all([first, second])
  expect(restored.map((now) => now!.standings.generation)).toEqual(Array(2).fill(of.standings.generation + 1))
  expect(await ranked(restored[0]!)).toEqual(['b', 'a'])
})

test('many small lists come back with a handful of calls, and a larger one among them as well', async () => {
  const of = await makeList('many', {})
  await pool.sql`
    with made as (
      insert into standings (leaderboard_no, type, key) select ${of.board.no}, 'SESSION', 's' || n from generate_series(1, 250) n
      returning id, key
    )
    insert into leaderboard_entries (standings_id, player_id, score, version, tie)
    select id, 'p' || n, n, n, n from made, generate_series(1, case when key = 's7' then 1200 else 2 end) n`
  const { standings, rebuilder } = startNode()
  const all = (await standings.open(of.board)).map((row): RankedList => ({ board: of.board, standings: row }))
  await flushAll(lists.redis)
  const masters = mastersOf(lists.redis)
  await Promise.all(masters.map((master) => master.config('RESETSTAT')))
  const restored = await Promise.all(all.map((one) => rebuilder.restore(one)))

  const stats = await Promise.all(masters.map((master) => master.info('commandstats')))
  const scripts = stats.flatMap((text) => [...text.matchAll(/cmdstat_eval\w*:calls=(\d+)/g)].map(([, n]) => Number(n)))
  const calls = scripts.reduce((sum, n) => sum + n, 0)
  expect(calls).toBeLessThan(60)
  const totals = await Promise.all(restored.map((one) => lists.index.page(one!, 0, 3)))
  const wanted = all.map((one) => (one.standings.key === 's7' ? 1200 : one.standings.type === 'GLOBAL' ? 0 : 2))
  expect(totals.map(({ total }) => total)).toEqual(wanted)
})

test('a list that cannot be restored does not keep the others of its turn from it', async () => {
  const of = await makeList('poisoned', { a: 1 })
  await pool.sql`
    insert into standings (leaderboard_no, type, key) select ${of.board.no}, 'SESSION', 's' || n from generate_series(1, 20) n`
  let poison = 0
  const { standings, rebuilder } = startNode((some) => some.some((one) => one.standings.id === poison))
  const rows = await standings.open(of.board)
  poison = rows[3]!.id
  await flushAll(lists.redis)
  const restoring = rebuilder.restoreAll(rows.map((row) => ({ board: of.board, standings: row })))
  const others = rows.filter((_, at) => at !== 3)
  await eventually(async () => {
    const now = await standings.reloadAll(others.map(({ id }) => id))
    for (const row of now.values()) await lists.index.page({ board: of.board, standings: row }, 0, 1)
  })
  poison = 0
  await restoring
  expect(rebuilder.running()).toEqual([])
})
