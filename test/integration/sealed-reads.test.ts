import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RankedList } from '../../src/actions/ports/ranks.ts'
import { connectPool, keyedAccess } from '../../src/postgres/connection/client.ts'
import { createSealedReader } from '../../src/postgres/standings/sealed-entries.ts'
import { rankStyles, tieRules } from '../../src/ranking/leaderboard.ts'
import { compareEntries } from '../../src/ranking/order.ts'
import { startSealingRig, type SealingRig } from '../helpers/sealing-rig.ts'

let rig: SealingRig
beforeAll(async () => {
  rig = await startSealingRig()
})
afterAll(() => rig.stop())

const rules = rankStyles.flatMap((rankStyle) =>
  tieRules.map((ties) => ({ rankStyle, ties, order: ties === 'last' ? ('asc' as const) : ('desc' as const) })),
)

/** A sealed standings of 40 players, some of them hidden before it was sealed. */
async function seal(of: (typeof rules)[number]): Promise<RankedList> {
  const board = await rig.board({ types: ['DAILY'], graceMs: 0, ...of })
  await rig.sql`
    with made as (
      insert into standings (leaderboard_no, type, key, starts_at, ends_at)
      values (${board.no}, 'DAILY', '2026-08-01', '2026-08-01', '2026-08-02') returning id
    )
    insert into leaderboard_entries (standings_id, player_id, score, version, tie, hidden)
    select id, 'p' || n, n * 7 % 9 - 4, n, n * 31 % 101, n % 13 = 0 from made, generate_series(1, 40) n`
  rig.clock.now = Date.parse('2026-08-03T00:00:00Z')
  await rig.job().pass()
  const [standings] = await rig.begun(board)
  expect(standings).toMatchObject({ status: 'SEALED' })
  return { board, standings: standings! }
}

/** Reads everything there is to read and compares it with a plain sort of what is visible. */
async function expectReads(of: RankedList): Promise<number> {
  const rows = await rig.sql<{ playerId: string; score: number; tie: number }[]>`
    select player_id as "playerId", score, tie from leaderboard_entries
    where standings_id = ${of.standings.id} and not hidden`
  const shared = of.board.rankStyle === 'competition'
  const sorted = [...rows].sort(compareEntries(of.board))
  const list = sorted.map(({ playerId, score }, at) => ({
    playerId,
    score,
    rank: (shared ? sorted.findIndex((other) => other.score === score) : at) + 1,
  }))
  const total = list.length
  for (let offset = 0; offset <= total + 1; offset++)
    for (const limit of offset < 2 ? [1, 7, 1000] : [3])
      expect(await rig.sealed.page(of, offset, limit)).toEqual({ total, entries: list.slice(offset, offset + limit) })
  const ids = [...Array.from({ length: 40 }, (_, at) => `p${at + 1}`), 'nobody']
  const { places, ...rest } = await rig.sealed.places(of, ids)
  expect(rest).toEqual({ total })
  const placeOf = (playerId: string) => list.find((row) => row.playerId === playerId)
  expect(places).toEqual(
    ids.map((id) => {
      const row = placeOf(id)
      return row ? { rank: row.rank, score: row.score, position: list.indexOf(row) + 1 } : null
    }),
  )
  for (const id of ids) {
    const self = placeOf(id) ?? null
    const around = await rig.sealed.around(of, id, 3)
    const size = Math.min(7, total)
    const start = self === null ? 0 : Math.max(0, Math.min(list.indexOf(self) - 3, total - size))
    expect(around).toEqual({ total, self, start, entries: self === null ? [] : list.slice(start, start + size) })
  }
  for (let score = -6; score <= 6; score++)
    expect(await rig.sealed.count(of, score)).toEqual({
      total,
      ahead: list.filter((row) => (of.board.order === 'desc' ? row.score > score : row.score < score)).length,
      equal: list.filter((row) => row.score === score).length,
    })
  return total
}

test.each(rules)('reads equal a sort of what is visible: $rankStyle, ties $ties, $order', async (of) => {
  const sealed = await seal(of)
  const change = async (statement: PromiseLike<unknown>) => {
    await statement
    rig.sealed.forget([sealed.standings.id])
  }
  const { id } = sealed.standings
  expect(await expectReads(sealed)).toBe(37)
  const ban = (hidden: boolean, players: string[]) => rig.sql`
    update leaderboard_entries set hidden = ${hidden} where standings_id = ${id} and player_id = any(${players}::text[])`
  const best = (await rig.sealed.page(sealed, 0, 2)).entries.map((entry) => entry.playerId)
  await change(ban(true, [...best, 'p7', 'p8', 'p30']))
  expect(await expectReads(sealed)).toBeLessThan(36)
  const erase = (some: string[]) => rig.sql`
    with gone as (
      delete from leaderboard_entries where standings_id = ${id} and player_id = any(${some}::text[]) returning player_id)
    update final_places set player_id = null, score = null
    where standings_id = ${id} and player_id = any(array(select player_id from gone))`
  await change(erase(['p9', 'p40', 'p13']))
  await expectReads(sealed)
  // They come back to where they were.
  await change(ban(false, [...best, 'p7', 'p8', 'p30', 'p26']))
  expect(await expectReads(sealed)).toBe(36)
  await change(erase(Array.from({ length: 40 }, (_, at) => `p${at + 1}`)))
  expect(await expectReads(sealed)).toBe(0)
})

test('a change shows when what is cached is dropped', async () => {
  const of = await seal(rules[0]!)
  const before = await rig.sealed.page(of, 0, 3)
  await rig.sql`
    update leaderboard_entries set hidden = true
    where standings_id = ${of.standings.id} and player_id = ${before.entries[0]!.playerId}`
  expect(await rig.sealed.page(of, 0, 3)).toBe(before)
  rig.sealed.forget([of.standings.id])
  expect((await rig.sealed.page(of, 0, 2)).entries).toEqual(
    before.entries.slice(1).map((row) => ({ ...row, rank: row.rank - 1 })),
  )
})

test('a cached answer needs no Postgres; without it any other is UNAVAILABLE', async () => {
  const of = await seal(rules[0]!)
  const url = 'postgres://nobody@127.0.0.1:1/none'
  const times = { connectTimeoutMs: 1000, statementTimeoutMs: 1000 }
  const gone = connectPool(url, { name: 'gone', max: 1, ...times, settings: keyedAccess })
  const options = { concurrency: 1, queue: 0, deadlineMs: 200, ttlMs: 60_000 }
  const reader = createSealedReader(gone, options)
  await expect(reader.page(of, 0, 3)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  // Past what may wait it does not wait.
  const asked = await Promise.allSettled([reader.count(of, 1), reader.count(of, 2)])
  expect(asked.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : one.status))).toEqual([
    'UNAVAILABLE',
    'UNAVAILABLE',
  ])
  await gone.end(0)

  const known = await rig.sealed.page(of, 0, 3)
  const lock = rig.sql.begin(async (tx) => {
    await tx`lock table leaderboard_entries in access exclusive mode`
    return rig.sealed.page(of, 0, 3)
  })
  expect(await lock).toEqual(known)
})
