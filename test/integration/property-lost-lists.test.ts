import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RankedList, RankRow } from '../../src/actions/ports/ranks.ts'
import { standingsKeys, type StandingsKeys } from '../../src/redis/keys.ts'
import { NotWhole } from '../../src/redis/rank-store.ts'
import {
  finishCopy,
  firstScores,
  listPlayers as players,
  startRankedLists,
  versionsText,
  type RankedLists,
} from '../helpers/ranked-lists.ts'
import { flushAll } from '../helpers/test-redis.ts'

/** The standings with the generation that a restored list has. */
const nextOf = ({ board, standings }: RankedList): RankedList => ({
  board,
  standings: { ...standings, generation: standings.generation + 1 },
})

let lists: RankedLists
beforeAll(async () => void (lists = await startRankedLists()))
afterAll(() => lists.stop())

describe('half of a list is answered LOST, never served', () => {
  let list: RankedList
  let rows: RankRow[]
  beforeEach(async () => {
    list = await lists.open({ order: 'desc', ties: 'first', rankStyle: 'competition' })
    rows = firstScores(list)
    await lists.writer.write([{ list, rows }], true)
    lists.restored.length = 0
  })

  const damages: Record<string, (keys: StandingsKeys) => Promise<unknown>> = {
    'list deleted': (keys) => lists.redis.unlink(keys.list),
    'versions deleted': (keys) => lists.redis.unlink(keys.versions),
    'meta deleted': (keys) => lists.redis.unlink(keys.meta),
    'list and versions deleted': (keys) => lists.redis.unlink(keys.list, keys.versions),
    'all deleted': (keys) => lists.redis.unlink(...Object.values(keys)),
    'one member removed': (keys) => lists.redis.zpopmin(keys.list),
    'one version removed': (keys) => lists.redis.hdel(keys.versions, players[3]!),
    'one member and its version removed': async (keys) => {
      const [member] = await lists.redis.zpopmin(keys.list)
      await lists.redis.hdel(keys.versions, member!.slice(8))
    },
    'one member too many': (keys) => lists.redis.zadd(keys.list, 1, '--------extra'),
    'one version too many': (keys) => lists.redis.hset(keys.versions, 'extra', 1),
    'count lost': (keys) => lists.redis.hdel(keys.meta, 'n'),
    'generation lost': (keys) => lists.redis.hdel(keys.meta, 'g'),
    'another generation': (keys) => lists.redis.hset(keys.meta, 'g', 2),
    'everything flushed': () => flushAll(lists.redis),
  }

  test.each(Object.entries(damages))('%s', async (_, damage) => {
    const whole = await lists.index.page(list, 0, 10)
    expect([whole.total, whole.entries.length]).toEqual([players.length, players.length])
    await damage(standingsKeys(list.board.no, list.standings.id))

    const reads = [
      () => lists.index.page(list, 0, 10),
      () => lists.index.page(list, 1000, 10),
      () => lists.index.places(list, players),
      () => lists.index.places(list, ['nobody']),
      () => lists.index.around(list, players[0]!, 2),
      () => lists.index.around(list, 'nobody', 2),
      () => lists.index.count(list, 1),
    ]
    for (const read of reads) await expect(read()).rejects.toBeInstanceOf(NotWhole)
    // Every refusal asked for a restore.
    expect(lists.restored).toEqual(reads.map(() => list.standings.id))

    const next = rows.map((row) => ({ ...row, version: row.version + 100 }))
    for (const ranks of [true, false]) {
      const [applied] = await lists.writer.write([{ list, rows: next }], ranks)
      expect(applied).toEqual({ state: 'LOST', total: 0, ranks: next.map(() => ({ before: null, after: null })) })
    }
    expect(await lists.index.apply(next)).toEqual(next.map(() => null))
    expect(await lists.writer.lagging(list, versionsText(rows))).toBeNull()
  })

  test('a lost list does not keep a call from applying to the others', async () => {
    const other = await lists.open(list.board)
    await lists.redis.unlink(standingsKeys(list.board.no, list.standings.id).list)
    const groups = [list, other].map((to) => ({
      list: to,
      rows: rows.map((row) => ({ ...row, standings: to.standings })),
    }))
    const applied = await lists.writer.write(groups, true)
    expect(applied.map((group) => group.state)).toEqual(['LOST', 'WHOLE'])
    expect((await lists.index.page(other, 0, 10)).total).toBe(players.length)
  })

  test('damage that leaves the counts equal is noticed by whoever looks at the entry', async () => {
    const keys = standingsKeys(list.board.no, list.standings.id)
    const [member] = await lists.redis.zpopmin(keys.list)
    await lists.redis.zadd(keys.list, 99, '--------extra')
    const playerId = member!.slice(8)
    await expect(lists.index.places(list, [playerId])).rejects.toBeInstanceOf(NotWhole)
    await expect(lists.index.around(list, playerId, 1)).rejects.toBeInstanceOf(NotWhole)
  })

  test('a leaderboard without a watermark loses its lists; one that has it keeps what was restored since', async () => {
    const { no } = list.board
    await lists.writer.startWatermark(no, [list.standings.id], '50')
    await expect(lists.index.page(list, 0, 10)).rejects.toBeInstanceOf(NotWhole)
    expect(await lists.builder.begin([list], 'one', 'lost', '')).toMatchObject([{ state: 'BEGUN' }])
    const next = nextOf(list)
    await lists.writer.write([{ list: next, rows }], false)
    expect(await finishCopy(lists.builder, next, 'one')).toBe('WHOLE')
    // Somebody else who found no watermark either comes second.
    await lists.writer.startWatermark(no, [list.standings.id], '60')
    expect((await lists.index.page(next, 0, 10)).total).toBe(players.length)
    expect(await lists.writer.watermark(no)).toBe('50')
  })

  test('a list being restored takes rows and serves nothing', async () => {
    const keys = standingsKeys(list.board.no, list.standings.id)
    await lists.redis.unlink(keys.list)
    expect(await lists.builder.begin([list], 'one', 'lost', '')).toMatchObject([{ state: 'BEGUN' }])
    expect(await lists.builder.begin([list], 'two', 'lost', '')).toMatchObject([{ state: 'BUSY' }])
    const next = nextOf(list)
    const [applied] = await lists.writer.write([{ list: next, rows }], true)
    expect(applied!.state).toBe('STAGING')
    await expect(lists.index.page(next, 0, 10)).rejects.toBeInstanceOf(NotWhole)
    expect(await finishCopy(lists.builder, next, 'two')).toBe('GONE')
    expect(await finishCopy(lists.builder, next, 'one')).toBe('WHOLE')
    expect((await lists.index.page(next, 0, 10)).total).toBe(players.length)
  })
})
