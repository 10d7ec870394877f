import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { RankedList } from '../../src/actions/ports/ranks.ts'
import { endRestoring, parseWatermark } from '../../src/jobs/watermark.ts'
import { connectPool, keyedAccess, type Pool } from '../../src/postgres/connection/client.ts'
import { removePlayer } from '../../src/postgres/players/remove-player.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import { standingsKeys, watermarkKey } from '../../src/redis/keys.ts'
import { createTruth } from '../../src/postgres/repair/truth.ts'
import { createRankStore } from '../../src/redis/rank-store.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { gated } from '../helpers/gate.ts'
import { makeLeaderboard } from '../helpers/leaderboards.ts'
import { startRankedLists, type RankedLists } from '../helpers/ranked-lists.ts'
import { commitScore, makeRepairNode } from '../helpers/repair-node.ts'
import { eventually } from '../helpers/wait.ts'

// What a watermark may move over: every test asks afterwards whether the lists hold what Postgres does.

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

const makeNode = () => makeRepairNode(pool, lists)
/** With what is known to nobody yet, as another node has them. */
const storesOf = ({ leaderboards }: ReturnType<typeof makeNode>) => ({
  sql: pool.sql,
  leaderboards,
  standings: createStandingsStore(pool.sql),
})
const mark = (list: RankedList) => lists.redis.get(watermarkKey(list.board.no))
/** A node whose rebuilds wait, before or after the copy takes what was read from Postgres, until they may go on. */
function copying(wait: 'before' | 'after') {
  const truth = createTruth(pool)
  let [copied, go] = [() => {}, () => {}]
  const isCopied = new Promise<void>((resolve) => (copied = resolve))
  const mayGo = new Promise<void>((resolve) => (go = resolve))
  const hold = () => (copied(), mayGo)
  const other = makeRepairNode(pool, lists, async function* (...args) {
    for await (const page of truth.walk(...args)) {
      if (wait === 'before') await hold()
      yield page
    }
    if (wait === 'after') await hold()
  })
  return { other, isCopied, go }
}
/** Players and scores of what is served. */
async function served(list: RankedList) {
  const { list: key, meta } = standingsKeys(list.board.no, list.standings.id)
  if ((await lists.redis.hget(meta, 'g')) === null) return 'LOST'
  const rows = await lists.redis.zrange(key, '0', '-1', 'WITHSCORES')
  return Object.fromEntries(rows.flatMap((one, at) => (at % 2 === 0 ? [[one.slice(8), -Number(rows[at + 1])]] : [])))
}

test('a list that another process made anew is not taken for lost', async () => {
  const [node, other] = [makeNode(), makeNode()]
  const of = await node.open('rebuilt')
  await node.catchUp()
  await other.rebuilder.rebuild(of, 'always')
  await commitScore(pool, of, 'hero', 9000)
  await node.catchUp()
  expect(await served(of)).toEqual({ hero: 9000 })
})

test('who leaves a list that was made anew has left it, also when whoever says so did not know of that', async () => {
  const [node, other] = [makeNode(), makeNode()]
  const of = await node.open('left-anew')
  await commitScore(pool, of, 'hero', 1)
  await commitScore(pool, of, 'guest', 2)
  await node.catchUp()
  await other.rebuilder.rebuild(of, 'always')
  const left = (await removePlayer(storesOf(node), of.board, 'guest'))!
  const rows = left.rows.map((row) => ({ ...row, standings: of.standings }))
  expect(await lists.writer.write([{ list: of, rows }], true)).toMatchObject([{ state: 'LOST' }])
  await node.catchUp()
  expect(await served(of)).toEqual({ hero: 1 })
})

test('who leaves while a lost list is copied is not in the copy, also when whoever says so did not know of it', async () => {
  const node = makeNode()
  const of = await node.open('left-copied')
  await commitScore(pool, of, 'hero', 1)
  await commitScore(pool, of, 'guest', 2)
  await node.catchUp()
  const { other, isCopied, go } = copying('after')
  const rebuilding = other.rebuilder.rebuild(of, 'distrust')
  await isCopied
  const left = (await removePlayer(storesOf(node), of.board, 'guest'))!
  const rows = left.rows.map((row) => ({ ...row, standings: of.standings }))
  expect(await lists.writer.write([{ list: of, rows }], true)).toMatchObject([{ state: 'LOST' }])
  await node.catchUp()
  go()
  await rebuilding
  expect(await served(of)).toEqual({ hero: 1 })
})

test('a list that is made anew between comparison and write gets the rows', async () => {
  const node = makeNode()
  const of = await node.open('raced')
  await commitScore(pool, of, 'hero', 1)
  await node.catchUp()
  const { other, isCopied, go } = copying('before')
  const rebuilding = other.rebuilder.rebuild(of, 'always')
  await isCopied
  await commitScore(pool, of, 'hero', 9000)
  const writer = gated<typeof lists.writer>(lists.writer)
  const compared = writer.hold('lagging')
  const pass = node.catchUp({ writer: writer.store })
  await compared.reached
  go()
  await rebuilding
  compared.release()
  await pass
  expect(await served(of)).toEqual({ hero: 9000 })
})

test('the watermark moves over a list that is lost by its own generation, which is then restored', async () => {
  const node = makeNode()
  const of = await node.open('lost')
  await node.catchUp()
  const before = await mark(of)
  await lists.redis.unlink(...Object.values(standingsKeys(of.board.no, of.standings.id)))
  await commitScore(pool, of, 'hero', 7)
  await node.catchUp()
  expect(node.restored).toEqual([of.standings.id])
  expect(await mark(of)).not.toBe(before)
  await eventually(async () => expect(await served(of)).toEqual({ hero: 7 }))
})

test('a leaderboard that does not get through keeps its watermark, the others move on', async () => {
  const [node, other] = [makeNode(), makeNode()]
  const [bad, good] = [await node.open('bad'), await node.open('good')]
  await node.catchUp()
  const before = await mark(bad)
  await commitScore(pool, bad, 'hero', 1)
  await commitScore(pool, good, 'hero', 2)
  const writer: typeof lists.writer = {
    ...lists.writer,
    async lagging(of, versions) {
      // Somebody makes it again each time.
      if (of.board.id === 'bad') await other.rebuilder.rebuild(of, 'always')
      return lists.writer.lagging(of, versions)
    },
  }
  await expect(node.catchUp({ writer })).rejects.toThrow('1 leaderboards are not caught up')
  expect([await mark(bad), await served(good)]).toEqual([before, { hero: 2 }])
  expect(await mark(good)).not.toBe(before)
  await node.catchUp()
  expect(await served(bad)).toEqual({ hero: 1 })
  expect(await mark(bad)).toBe(await mark(good))
})

test('what was committed beside an open transaction is read once; that transaction, when it has ended', async () => {
  const node = makeNode()
  const of = await node.open('open')
  await node.catchUp()
  let end = () => {}
  const ended = new Promise<void>((resolve) => (end = resolve))
  let begun = () => {}
  const hasBegun = new Promise<void>((resolve) => (begun = resolve))
  const open = commitScore(pool, of, 'late', 1, () => (begun(), ended))
  await hasBegun
  await commitScore(pool, of, 'hero', 2)
  await node.catchUp()
  expect(await served(of)).toEqual({ hero: 2 })
  node.read.length = 0
  await node.catchUp()
  expect(node.read).toEqual([])
  end()
  await open
  await node.catchUp()
  expect(await served(of)).toEqual({ hero: 2, late: 1 })
  expect(node.read.map(({ versions }) => versions.split(' ')[0])).toEqual(['late'])
})

test('a watermark of before there were snapshots is read as what it says', async () => {
  const node = makeNode()
  const of = await node.open('upgraded')
  await node.catchUp()
  const [identity, lastId, snapshot] = (await mark(of))!.split(' ')
  await lists.redis.set(watermarkKey(of.board.no), `${identity} ${lastId} ${snapshot!.split(':')[0]}`)
  await commitScore(pool, of, 'hero', 3)
  await node.catchUp()
  expect([node.lost.includes('upgraded'), await served(of)]).toEqual([false, { hero: 3 }])
})

test('a watermark that another server moves meanwhile is not ahead of the database', async () => {
  const node = makeNode()
  const of = await node.open('overtaken')
  await node.catchUp()
  const leaderboards = gated<typeof node.leaderboards>(node.leaderboards)
  const slow = makeNode()
  slow.leaderboards.list = leaderboards.store.list
  const held = leaderboards.hold('list')
  const pass = slow.catchUp()
  await held.reached
  await commitScore(pool, of, 'hero', 4)
  await node.catchUp()
  held.release()
  await pass
  expect([slow.lost, await served(of)]).toEqual([[], { hero: 4 }])
})

const poisons = Object.keys(standingsKeys(1, 1)) as (keyof ReturnType<typeof standingsKeys>)[]
test.each(poisons)('a list with %s of another type is lost and restored alone', async (key) => {
  const node = makeNode()
  const [of, other] = [await node.open(`poisoned-${key}`), await node.open(`beside-${key}`)]
  await node.catchUp()
  await lists.redis.unlink(standingsKeys(of.board.no, of.standings.id)[key])
  await lists.redis.set(standingsKeys(of.board.no, of.standings.id)[key], 'x')
  for (const one of [of, other]) await commitScore(pool, one, 'hero', 5)
  await node.catchUp()
  expect(await served(other)).toEqual({ hero: 5 })
  await eventually(async () => expect(await served(of)).toEqual({ hero: 5 }))
  // An operator's rebuild, of what is broken once more.
  await lists.redis.unlink(standingsKeys(of.board.no, of.standings.id)[key])
  await lists.redis.set(standingsKeys(of.board.no, of.standings.id)[key], 'x')
  await node.rebuilder.rebuild(of, 'always')
  expect(await served(of)).toEqual({ hero: 5 })
  const type = await lists.redis.type(standingsKeys(of.board.no, of.standings.id)[key])
  expect(type).not.toBe('string')
})

test('a watermark of another type costs the lists of its leaderboard, and no others', async () => {
  const node = makeNode()
  const [of, other] = [await node.open('poisoned-mark'), await node.open('beside-mark')]
  await node.catchUp()
  await lists.redis.unlink(watermarkKey(of.board.no))
  await lists.redis.hset(watermarkKey(of.board.no), 'x', 'y')
  for (const one of [of, other]) await commitScore(pool, one, 'hero', 6)
  await node.catchUp()
  expect([node.lost, await served(other)]).toEqual([['poisoned-mark'], { hero: 6 }])
  await node.catchUp()
  expect(await mark(of)).toMatch(new RegExp(`^${await mark(other)} \\d+$`))
})

const openGate = { connected: () => true, usable: () => true, suspect: () => {}, watch: () => () => true }

test('rows of a list that was lost are not written from memory: who left since does not come back', async () => {
  const node = makeNode()
  const of = await node.open('left')
  const { restore } = node.rebuilder
  const { catchUpList } = node
  const { redis, writer } = lists
  const index = createRankStore({ redis, writer, gate: openGate, restore, catchUpList, restoreWaitMs: 60_000 })
  await commitScore(pool, of, 'hero', 8)
  await lists.redis.unlink(...Object.values(standingsKeys(of.board.no, of.standings.id)))
  // Committed and erased before the application, which is late.
  const ghost = { ...of, playerId: 'ghost', score: 9, version: 1, tie: 1, hidden: false }
  expect(await index.apply([ghost])).toEqual([{ before: null, after: null, total: 1 }])
  expect(await served(of)).toEqual({ hero: 8 })
})

test('an application waits for all lists that are lost at once', async () => {
  const board = makeLeaderboard({ no: 9000 })
  const boards = await Promise.all(Array.from({ length: 20 }, () => lists.open(board)))
  const asked = new Set<number>()
  let give = () => {}
  const given = new Promise<null>((resolve) => (give = () => resolve(null)))
  const index = createRankStore({
    redis: lists.redis,
    writer: lists.writer,
    gate: openGate,
    restore(of) {
      asked.add(of.standings.id)
      return given
    },
    catchUpList: (of) => Promise.resolve(of),
    restoreWaitMs: 600_000,
  })
  for (const { board, standings } of boards) await lists.redis.unlink(standingsKeys(board.no, standings.id).meta)
  const rows = boards.map((of) => ({ ...of, playerId: 'hero', score: 1, version: 1, tie: 1, hidden: false }))
  const applied = index.apply(rows)
  await eventually(() => expect(asked.size).toBe(20))
  give()
  expect(await applied).toEqual(rows.map(() => null))
})

test('who finds lists lost and dies leaves it to the others to restore them', async () => {
  const [node, other, third] = [makeNode(), makeNode(), makeNode()]
  const of = await node.open('left-behind')
  await node.catchUp()
  await lists.redis.del(watermarkKey(of.board.no), standingsKeys(of.board.no, of.standings.id).meta)
  await node.catchUp()
  await commitScore(pool, of, 'hero', 1)
  await other.catchUp()
  expect([node.lost, other.lost]).toEqual([
    expect.arrayContaining(['left-behind']),
    expect.arrayContaining(['left-behind']),
  ])
  const { restoring } = parseWatermark((await mark(of))!)!
  await endRestoring(lists.writer, of.board.no, String(Number(restoring) - 1))
  expect(parseWatermark((await mark(of))!)!.restoring).toBe(restoring)
  await endRestoring(lists.writer, of.board.no, restoring!)
  await third.catchUp()
  expect(third.lost).not.toContain('left-behind')
})

test('a list that is slow to answer does not hold up the next one', async () => {
  const node = makeNode()
  const both = [await node.open('slow-1'), await node.open('slow-2')]
  await node.catchUp()
  for (const of of both) await commitScore(pool, of, 'hero', 7)
  const writer = gated<typeof lists.writer>(lists.writer)
  const held = writer.hold('lagging')
  const pass = node.catchUp({ writer: writer.store })
  await held.reached
  await eventually(async () => expect(await Promise.all(both.map(served))).toContainEqual({ hero: 7 }))
  held.release()
  await pass
  expect(await Promise.all(both.map(served))).toEqual([{ hero: 7 }, { hero: 7 }])
})
