import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { RankedList } from '../../src/actions/ports/ranks.ts'
import { connectPool, type Pool } from '../../src/postgres/connection/client.ts'
import { createEntryStore } from '../../src/postgres/standings/entries.ts'
import { rankStyles, tieRules } from '../../src/ranking/leaderboard.ts'
import { compareEntries } from '../../src/ranking/order.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { makeLeaderboard, makeStandings } from '../helpers/leaderboards.ts'

// Reads of lists that only Postgres has.

const limits = { concurrency: 1, queue: 1, deadlineMs: 60_000 }
const times = { connectTimeoutMs: 20_000, statementTimeoutMs: 0 }

let database: Awaited<ReturnType<typeof cloneDatabase>>
let pool: Pool
beforeAll(async () => {
  database = await cloneDatabase(inject('postgresUrl'))
  pool = connectPool(database.url, { name: 'reads', max: 4, ...times })
})
afterAll(async () => {
  await pool.end(1)
  await database.drop()
})

const shapes = {
  'few scores': 'n * 7919 % 11 - 5',
  'one score': '3',
  'all different': 'n * 7919 % 5003 - 2500',
  'as they were written': 'n',
}
let lists = 0
/** A list of the shape, a part of it hidden, beside another one that counts for nothing. */
async function fill(rows: number, score: string, of: Partial<RankedList['board']>): Promise<RankedList> {
  const [id, other] = [++lists * 2, lists * 2 + 1]
  await pool.sql`
    insert into leaderboard_entries (standings_id, player_id, score, version, tie, hidden)
    select list, 'p' || n, ${pool.sql.unsafe(score)}, n, n * 104729 % ${rows}, n % 13 = 0
    from generate_series(1, ${rows}::int8) n, unnest(array[${id}::int8, ${other}::int8]) list`
  return { board: makeLeaderboard(of), standings: makeStandings({ id, leaderboardNo: 1 }) }
}

/** The visible rows of the list by a plain sort. */
async function sorted(of: RankedList) {
  const rows = await pool.sql<{ playerId: string; score: number; tie: number }[]>`
    select player_id as "playerId", score, tie from leaderboard_entries
    where standings_id = ${of.standings.id} and not hidden`
  const list = [...rows].sort(compareEntries(of.board))
  let first = 0
  return list.map(({ playerId, score }, at) => {
    if (list[first]!.score !== score) first = at
    return { playerId, score, rank: (of.board.rankStyle === 'competition' ? first : at) + 1 }
  })
}

/** Reads in every way, compares with a plain sort, and returns how many rows there are. */
async function expectReads(of: RankedList, ids: string[], offsets: number[]): Promise<number> {
  const entries = createEntryStore(pool, { ...limits, queue: 1000 })
  const list = await sorted(of)
  const total = list.length
  for (const offset of offsets)
    for (const limit of [1, 50])
      expect(await entries.page(of, offset, limit)).toEqual({ total, entries: list.slice(offset, offset + limit) })

  const placeOf = (id: string) => list.findIndex((row) => row.playerId === id)
  const wanted = ids.map((id) => {
    const at = placeOf(id)
    return at < 0 ? null : { rank: list[at]!.rank, position: at + 1, score: list[at]!.score }
  })
  expect(await entries.places(of, ids)).toEqual({ total, places: wanted })
  for (const [at, id] of ids.entries())
    for (const span of [0, 3, 60]) {
      const { self, ...window } = await entries.around(of, id, span)
      const position = placeOf(id)
      expect(self).toEqual(position < 0 ? null : list[position])
      const size = position < 0 ? 0 : Math.min(2 * span + 1, total)
      const start = position < 0 ? 0 : Math.max(0, Math.min(position - span, total - size))
      expect([at, span, window]).toEqual([at, span, { total, start, entries: list.slice(start, start + size) }])
    }
  const better = (score: number, than: number) => (of.board.order === 'desc' ? score > than : score < than)
  for (const score of [-1e9, 0, 3, 7, 1e9])
    expect(await entries.count(of, score)).toEqual({
      total,
      ahead: list.filter((row) => better(row.score, score)).length,
      equal: list.filter((row) => row.score === score).length,
    })
  return total
}

describe.each(Object.entries(shapes))('%s', (_, score) => {
  const rules = rankStyles.flatMap((rankStyle) =>
    tieRules.map((ties) => ({ rankStyle, ties, order: ties === 'first' ? ('asc' as const) : ('desc' as const) })),
  )
  test.each(rules)('read as a plain sort has it: $rankStyle ranks, ties by $ties', async (of) => {
    const list = await fill(400, score, of)
    const players = ['p1', 'p2', 'p13', 'p77', 'p200', 'p399', 'p400', 'nobody']
    expect(await expectReads(list, players, [0, 1, 7, 360, 369, 400])).toBe(370)
  })

  test('of so many that a sample bounds what is sorted', { timeout: 300_000 }, async () => {
    const list = await fill(40_000, score, { rankStyle: 'competition', ties: 'last' })
    await pool.sql`analyze leaderboard_entries`
    const first = (await sorted(list)).at(0)!.playerId
    const offsets = [0, 940, 951, 20_000, 36_900]
    expect(await expectReads(list, ['p1', 'p20000', 'p39999', first], offsets)).toBe(36_924)
  })
})

test('an empty list', async () => {
  expect(await expectReads(await fill(0, '1', {}), ['p1'], [0, 5])).toBe(0)
})

test('those who ask while a list is read share the next read', async () => {
  const list = await fill(2000, 'n % 50', { rankStyle: 'competition' })
  const rows = await sorted(list)
  const entries = createEntryStore(pool, limits)
  const everybody = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      Promise.all([
        entries.places(list, [`p${at * 13 + 1}`]),
        entries.count(list, at),
        entries.page(list, at, 5),
        entries.places(list, [`p${at * 13 + 2}`, 'nobody']),
      ]),
    ),
  )
  everybody.forEach(([{ places }, { ahead }, page, { places: two }], at) => {
    const placed = (id: string) => rows.find((row) => row.playerId === id)!.rank
    expect([places[0]!.rank, two[0]!.rank, two[1]]).toEqual([
      placed(`p${at * 13 + 1}`),
      placed(`p${at * 13 + 2}`),
      null,
    ])
    expect([ahead, page.entries]).toEqual([rows.filter((row) => row.score > at).length, rows.slice(at, at + 5)])
  })
})

test('each answer is of one moment, and shows what was there when it was asked for', async () => {
  const list = await fill(0, '1', {})
  const entries = createEntryStore(pool, { ...limits, concurrency: 2, queue: 100 })
  const progress = { written: 0 }
  const writer = async () => {
    while (progress.written < 300) {
      const n = progress.written + 1
      await pool.sql`insert into leaderboard_entries (standings_id, player_id, score, version, tie)
        values (${list.standings.id}, ${`p${n}`}, ${n}, ${n}, ${n})`
      progress.written = n
    }
  }
  const reader = async () => {
    while (progress.written < 300) {
      const before = progress.written
      const [page, one, { total, ahead }] = await Promise.all([
        entries.page(list, 0, 1),
        entries.around(list, 'p1', 0),
        entries.count(list, 0),
      ])
      expect(page.entries.map(({ score }) => score)).toEqual(page.total === 0 ? [] : [page.total])
      expect(one.self?.rank ?? 0).toBe(one.total)
      expect(ahead).toBe(total)
      expect(Math.min(page.total, one.total, total)).toBeGreaterThanOrEqual(before)
    }
  }
  await Promise.all([writer(), reader(), reader(), reader()])
})
