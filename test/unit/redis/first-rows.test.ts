import { beforeEach, expect, test } from 'vitest'
import { createFirstRows } from '../../../src/redis/first-rows.ts'
import { makeLeaderboard, makeStandings } from '../../helpers/leaderboards.ts'

const of = { board: makeLeaderboard({ no: 1 }), standings: makeStandings({ id: 1, leaderboardNo: 1 }) }
let list: string[]
let revision: number
let calls: { limit: number; known: string | null }[]
let connection: number
const make = () =>
  createFirstRows({
    async top(_, limit, known) {
      calls.push({ limit, known })
      const entries = list.slice(0, limit).map((playerId) => ({ playerId, score: 1 }))
      return { total: list.length, revision: String(revision), entries: known === String(revision) ? null : entries }
    },
    watch() {
      const at = connection
      return () => at === connection
    },
  })
const ids = async (page: ReturnType<ReturnType<typeof make>>) => (await page).entries.map((entry) => entry.playerId)
beforeEach(() => {
  ;[list, revision, calls, connection] = [['a', 'b', 'c'], 7, [], 1]
})

test('requests of one turn share a call for the most rows that one of them wants', async () => {
  const page = make()
  expect(await Promise.all([ids(page(of, 1)), ids(page(of, 3)), ids(page(of, 2))])).toEqual([
    ['a'],
    ['a', 'b', 'c'],
    ['a', 'b'],
  ])
  expect(calls).toEqual([{ limit: 3, known: null }])
})

test('what is kept is served while the revision stays', async () => {
  const page = make()
  const first = await page(of, 3)
  expect((await page(of, 3)).entries).toBe(first.entries)
  expect((await page(of, 2)).entries).toBe((await page(of, 2)).entries)
  revision = 8
  list = ['c', 'a', 'b']
  expect(await ids(page(of, 3))).toEqual(['c', 'a', 'b'])
  expect(calls.map(({ known }) => known)).toEqual([null, '7', '7', '7', '7'])
})

test('more rows than are kept are read anew', async () => {
  const page = make()
  await page(of, 1)
  expect(await ids(page(of, 3))).toEqual(['a', 'b', 'c'])
  expect(calls).toEqual([
    { limit: 1, known: null },
    { limit: 3, known: null },
  ])
})

test('ranks follow the style of the leaderboard at once', async () => {
  const page = make()
  const ranks = async (rankStyle: 'ordinal' | 'competition') =>
    (await page({ ...of, board: { ...of.board, rankStyle } }, 3)).entries.map((entry) => entry.rank)
  expect(await ranks('ordinal')).toEqual([1, 2, 3])
  expect(await ranks('competition')).toEqual([1, 1, 1])
})

test('a Redis that came back may count the same revision for other rows', async () => {
  const page = make()
  await page(of, 3)
  connection = 2
  list = ['x', 'a', 'b']
  expect(await ids(page(of, 3))).toEqual(['x', 'a', 'b'])
})

test('a call that fails fails for its turn alone', async () => {
  let fails = true
  const top = () =>
    fails ? Promise.reject(new Error('away')) : Promise.resolve({ total: 0, revision: '1', entries: [] })
  const page = createFirstRows({ top, watch: () => () => true })
  await expect(page(of, 3)).rejects.toThrow('away')
  fails = false
  expect(await page(of, 3)).toEqual({ total: 0, entries: [] })
})
