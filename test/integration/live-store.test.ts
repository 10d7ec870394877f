import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RankedList } from '../../src/actions/ports/ranks.ts'
import { liveKeys, standingsKeys } from '../../src/redis/keys.ts'
import { createLiveStore } from '../../src/redis/live-store.ts'
import { makeLeaderboard } from '../helpers/leaderboards.ts'
import { startRankedLists, type RankedLists } from '../helpers/ranked-lists.ts'

let lists: RankedLists
beforeAll(async () => void (lists = await startRankedLists()))
afterAll(() => lists.stop())

let boards = 3000
const room = () => ({ leaderboardNo: ++boards, selector: 'GLOBAL' })
const future = Date.now() + 3_600_000

test('an epoch exceeds what the taker has seen, whatever Redis knows', async () => {
  const store = createLiveStore(lists.redis)
  const of = room()
  expect(await store.take(of, null, future)).toBe(future + 1)
  expect(await store.take(of, future + 1, 0)).toBe(future + 2)
})

test('the holder of an older epoch than was seen is no obstacle, and publishes no more', async () => {
  const store = createLiveStore(lists.redis)
  const of = room()
  const older = (await store.take(of, null, 0))!
  expect(await store.take(of, null, older)).toBe(null)
  expect(await store.take(of, null, older + 1)).toBeGreaterThan(older + 1)
  const view = { epoch: older, seq: 0, total: 0, sum: 0, rows: '[]', settings: null }
  expect(await store.publish(of, view, null)).toBe(false)
  expect(await store.renew(of, older, 0)).toBe(false)
})

test('one room whose keys are of another type does not keep the others from their heads', async () => {
  const store = createLiveStore(lists.redis)
  const [whole, spoiled] = [room(), { leaderboardNo: boards, selector: 'DAILY:2026-11-25' }]
  const epoch = (await store.take(whole, null, 0))!
  await store.publish(whole, { epoch, seq: 0, total: 7, sum: 0, rows: '[]', settings: null }, null)
  const keys = liveKeys(spoiled.leaderboardNo, spoiled.selector)
  for (const key of [keys.lease, keys.view, keys.log]) await lists.redis.sadd(key, 'spoiled')
  expect(await store.heads([spoiled, whole])).toEqual([
    { leased: true, head: null },
    { leased: true, head: { epoch, seq: 0, total: 7 } },
  ])
  expect(await store.read(spoiled)).toEqual({ leased: true, view: null })
  const taken = (await store.take(spoiled, null, 0))!
  expect(
    await store.publish(spoiled, { epoch: taken, seq: 0, total: 0, sum: 0, rows: '[]', settings: null }, null),
  ).toBe(true)
  expect(await store.read(spoiled)).toMatchObject({ leased: true, view: { epoch: taken, deltas: [] } })
})

const rowsOf = (list: RankedList, count: number) =>
  Array.from({ length: count }, (_, at) => ({
    ...list,
    playerId: `p${at}`,
    score: 100 - at,
    version: at + 1,
    tie: at + 1,
    hidden: false,
  }))

test('a score from a node that has not heard of a longer live list is seen beyond the old one', async () => {
  const board = makeLeaderboard({ no: ++boards, liveLimit: 3, operator: 'last' })
  const of = await lists.open(board)
  await lists.writer.write([{ list: of, rows: rowsOf(of, 12) }], true)
  const { revision } = await lists.index.top(of, 10, null)
  const row = { ...of, playerId: 'p7', score: 92, version: 50, tie: 50, hidden: false }
  await lists.writer.write([{ list: of, rows: [row] }], true)
  const longer = { ...of, board: { ...board, liveLimit: 10 } }
  const { entries } = await lists.index.top(longer, 10, revision)
  expect(entries?.find(({ playerId }) => playerId === 'p7')).toEqual({ playerId: 'p7', score: 92 })
})

test('lists that are asked for at the same time are answered each for itself', async () => {
  const board = makeLeaderboard({ no: ++boards, operator: 'last' })
  const opened: RankedList[] = []
  for (let at = 0; at < 120; at++) opened.push(await lists.open(board))
  const [first, spoiled] = [opened[0]!, opened[60]!]
  await lists.writer.write([{ list: first, rows: rowsOf(first, 2) }], true)
  const { revision } = await lists.index.top(first, 10, null)
  const meta = standingsKeys(board.no, spoiled.standings.id).meta
  await lists.redis.del(meta)
  await lists.redis.set(meta, 'spoiled')
  const known = (list: RankedList) => (list === first ? revision : null)
  const answers = await Promise.allSettled(opened.map((of) => lists.index.top(of, 10, known(of))))
  expect(answers.flatMap(({ status }, at) => (status === 'rejected' ? at : []))).toEqual([60])
  expect(answers[0]).toMatchObject({ value: { total: 2, revision, entries: null } })
  expect(answers[119]).toMatchObject({ value: { total: 0, entries: [] } })
})
