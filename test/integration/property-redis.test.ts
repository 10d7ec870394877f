import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Board, ListWriter, RankIndex, RankRow, Standings } from '../../src/actions/ports.ts'
import type { EmbeddedServer } from '../../src/embedded/postgres.ts'
import { startRedis } from '../../src/embedded/redis.ts'
import { createLog } from '../../src/log.ts'
import { orders, rankStyles, tieRules, type Leaderboard } from '../../src/ranking/leaderboard.ts'
import { connectRedis } from '../../src/redis/client.ts'
import { standingsKeys, type StandingsKeys } from '../../src/redis/keys.ts'
import { createListWriter } from '../../src/redis/list-writer.ts'
import { createRankStore, NotWhole } from '../../src/redis/rank-store.ts'

let folder: string
let server: EmbeddedServer
let redis: Redis
let writer: ListWriter
let index: RankIndex
const restored: number[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankpulse-property-'))
  server = await startRedis({ dataDir: folder })
  const times = { connectTimeoutMs: 20_000, commandTimeoutMs: 20_000, retryDelayMs: 100 }
  redis = connectRedis({ url: server.url, ...times }, createLog({ level: 'warn', pretty: false }))
  await redis.connect()
  writer = createListWriter(redis)
  index = createRankStore({
    redis,
    writer,
    gate: { connected: () => true, usable: () => true, suspect: () => {} },
    // Lost lists stay lost here: the tests look at what is said of them.
    restore: (of) => Promise.resolve(restored.push(of.standings.id) < 0),
    restoreWaitMs: 0,
  })
})
afterAll(async () => {
  redis.disconnect()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

let boards = 0
let lists = 0
type Rules = Pick<Leaderboard, 'order' | 'ties' | 'rankStyle'>

function makeBoard(rules: Rules): Leaderboard {
  const rest = { operator: 'last', decimals: 0, minScore: null, maxScore: null, timezone: 'UTC', graceMs: 0 } as const
  const live = { submitBy: 'server', liveLimit: 3, tickMs: 100 } as const
  const no = ++boards
  return { no, id: `b${no}`, title: '', metric: 'score', types: ['SESSION'], ...rules, ...rest, ...live }
}

/** An empty list that is WHOLE, as a restore leaves it. */
async function openList(board: Leaderboard): Promise<Board> {
  const id = ++lists
  const shape = { type: 'SESSION', startsAt: null, endsAt: null, status: 'OPEN', generation: 1, createdAt: 0 } as const
  const standings: Standings = { id, leaderboardNo: board.no, key: `s${id}`, ...shape }
  const of = { board, standings }
  expect(await writer.restoreStep('begin', of, 'token')).toBe('BEGUN')
  expect(await writer.restoreStep('finish', of, 'token')).toBe('WHOLE')
  return of
}

const rules = fc.record({
  order: fc.constantFrom(...orders),
  ties: fc.constantFrom(...tieRules),
  rankStyle: fc.constantFrom(...rankStyles),
})
const players = ['a', 'B', 'b', 'A_1', 'a.b', 'a-b', 'Z']
/** Changes in the order of the ledger: scores, scores that stay (a newer version with the tie of before), removals. */
const changes = fc.array(
  fc.record({
    list: fc.nat(2),
    playerId: fc.constantFrom(...players),
    score: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(2 ** 53 - 1, -(2 ** 53 - 1))),
    kind: fc.constantFrom('score', 'score', 'score', 'touch', 'remove'),
  }),
  { minLength: 1, maxLength: 40 },
)
type Change = typeof changes extends fc.Arbitrary<(infer T)[]> ? T : never

/** Rows as the ledger would make them; versions pass a power of ten, where an order of strings would go wrong. */
function toRows(opened: Board[], list: Change[]): RankRow[] {
  const current = new Map<string, RankRow>()
  return list.map(({ list: at, playerId, score, kind }, step) => {
    const of = opened[at]!
    const key = `${at} ${playerId}`
    const before = current.get(key)
    const version = 95 + step
    const kept = kind === 'touch' && before && !before.hidden ? before : null
    const base = { ...of, playerId, version, hidden: kind === 'remove' }
    const row = { ...base, score: kept?.score ?? score, tie: kept?.tie ?? version }
    current.set(key, row)
    return row
  })
}

/** The newest version of each player, sorted. */
function expectedList(of: Board, rows: RankRow[]): RankRow[] {
  const newest = new Map<string, RankRow>()
  for (const row of rows)
    if (row.standings.id === of.standings.id && row.version >= (newest.get(row.playerId)?.version ?? 0))
      newest.set(row.playerId, row)
  const { order, ties } = of.board
  return [...newest.values()]
    .filter((row) => !row.hidden)
    .sort((a, b) => {
      if (a.score !== b.score) return order === 'desc' ? b.score - a.score : a.score - b.score
      if (ties === 'id') return Buffer.compare(Buffer.from(a.playerId), Buffer.from(b.playerId))
      return ties === 'first' ? a.tie - b.tie : b.tie - a.tie
    })
}

/** Groups of one call: a standings may come twice in it, a player once in a group. */
function toGroups(rows: RankRow[]): { of: Board; rows: RankRow[] }[] {
  const groups: { of: Board; rows: RankRow[] }[] = []
  for (const row of rows) {
    const open = groups.find(
      ({ of, rows: list }) => of.standings.id === row.standings.id && !list.some((one) => one.playerId === row.playerId),
    )
    if (open) open.rows.push(row)
    else groups.push({ of: { board: row.board, standings: row.standings }, rows: [row] })
  }
  return groups
}

test('any shuffling and repetition of the applications ends in the same standings', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      rules,
      changes,
      fc.infiniteStream(fc.nat(0xffff)),
      fc.array(fc.nat(200), { maxLength: 40 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.boolean()), { minLength: 1, maxLength: 9 }),
      async (rule, list, keys, repeats, calls) => {
        const board = makeBoard(rule)
        const opened = [await openList(board), await openList(board), await openList(board)]
        const rows = toRows(opened, list)
        const shuffled = [...rows, ...repeats.map((at) => rows[at % rows.length]!)]
          .map((row) => ({ row, key: keys.next().value! }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row)

        for (let from = 0, call = 0; from < shuffled.length; call++) {
          const [size, ranks] = calls[call % calls.length]!
          const groups = toGroups(shuffled.slice(from, from + size))
          from += size
          const applied = await writer.write(groups, ranks)
          expect(applied.map((group) => group.state)).toEqual(groups.map(() => 'WHOLE'))
        }

        for (const of of opened) {
          const wanted = expectedList(of, rows)
          const page = await index.page(of, 0, 100)
          expect(page.total).toBe(wanted.length)
          expect(page.entries.map(({ playerId, score }) => [playerId, score])).toEqual(
            wanted.map(({ playerId, score }) => [playerId, score]),
          )
          expect(page.entries.map((entry) => entry.rank)).toEqual(
            wanted.map(({ score }, at) =>
              rule.rankStyle === 'ordinal' ? at + 1 : wanted.findIndex((one) => one.score === score) + 1,
            ),
          )
          const own = rows.filter((row) => row.standings.id === of.standings.id)
          expect(await writer.lagging(of, own)).toEqual([])
          // What comes after is still missed, of those who are gone too.
          const ahead = players.map((playerId) => ({ playerId, version: 95 + rows.length }))
          expect(await writer.lagging(of, ahead)).toEqual(players)
        }
      },
    ),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) },
  )
})

describe('half of a list is answered LOST, never served', () => {
  let of: Board
  let rows: RankRow[]
  beforeEach(async () => {
    of = await openList(makeBoard({ order: 'desc', ties: 'first', rankStyle: 'competition' }))
    const list = players.map((playerId, at): Change => ({ list: 0, playerId, score: at >> 1, kind: 'score' }))
    rows = toRows([of], list)
    await writer.write([{ of, rows }], true)
    restored.length = 0
  })

  const damages: Record<string, (keys: StandingsKeys) => Promise<unknown>> = {
    'list deleted': (keys) => redis.unlink(keys.list),
    'versions deleted': (keys) => redis.unlink(keys.versions),
    'meta deleted': (keys) => redis.unlink(keys.meta),
    'list and versions deleted': (keys) => redis.unlink(keys.list, keys.versions),
    'all deleted': (keys) => redis.unlink(...Object.values(keys)),
    'one member removed': (keys) => redis.zpopmin(keys.list),
    'one version removed': (keys) => redis.hdel(keys.versions, players[3]!),
    'one member and its version removed': async (keys) => {
      const [member] = await redis.zpopmin(keys.list)
      await redis.hdel(keys.versions, member!.slice(8))
    },
    'one member too many': (keys) => redis.zadd(keys.list, 1, '--------extra'),
    'one version too many': (keys) => redis.hset(keys.versions, 'extra', 1),
    'count lost': (keys) => redis.hdel(keys.meta, 'n'),
    'generation lost': (keys) => redis.hdel(keys.meta, 'g'),
    'another generation': (keys) => redis.hset(keys.meta, 'g', 2),
    'everything flushed': () => redis.flushall(),
  }

  test.each(Object.entries(damages))('%s', async (_, damage) => {
    const whole = await index.page(of, 0, 10)
    expect([whole.total, whole.entries.length]).toEqual([players.length, players.length])
    await damage(standingsKeys(of.board.no, of.standings.id))

    const reads = [
      () => index.page(of, 0, 10),
      () => index.page(of, 1000, 10),
      () => index.places(of, players),
      () => index.places(of, ['nobody']),
      () => index.around(of, players[0]!, 2),
      () => index.around(of, 'nobody', 2),
      () => index.count(of, 1),
    ]
    for (const read of reads) await expect(read()).rejects.toBeInstanceOf(NotWhole)
    // Every refusal asked for a restore.
    expect(restored).toEqual(reads.map(() => of.standings.id))

    const next = rows.map((row) => ({ ...row, version: row.version + 100 }))
    for (const ranks of [true, false]) {
      const [applied] = await writer.write([{ of, rows: next }], ranks)
      expect(applied).toEqual({ state: 'LOST', total: 0, ranks: next.map(() => ({ before: null, after: null })) })
    }
    expect(await index.apply(next)).toEqual(next.map(() => null))
    expect(await writer.lagging(of, rows)).toBeNull()
  })

  test('a lost list does not keep a call from applying to the others', async () => {
    const other = await openList(of.board)
    await redis.unlink(standingsKeys(of.board.no, of.standings.id).list)
    const groups = [of, other].map((to) => ({ of: to, rows: rows.map((row) => ({ ...row, standings: to.standings })) }))
    const applied = await writer.write(groups, true)
    expect(applied.map((group) => group.state)).toEqual(['LOST', 'WHOLE'])
    expect((await index.page(other, 0, 10)).total).toBe(players.length)
  })

  test('damage that leaves the counts equal is noticed by whoever looks at the entry', async () => {
    const keys = standingsKeys(of.board.no, of.standings.id)
    const [member] = await redis.zpopmin(keys.list)
    await redis.zadd(keys.list, 99, '--------extra')
    const playerId = member!.slice(8)
    await expect(index.places(of, [playerId])).rejects.toBeInstanceOf(NotWhole)
    await expect(index.around(of, playerId, 1)).rejects.toBeInstanceOf(NotWhole)
  })

  test('a list being restored takes rows and serves nothing', async () => {
    const keys = standingsKeys(of.board.no, of.standings.id)
    await redis.unlink(keys.list)
    expect(await writer.restoreStep('begin', of, 'one')).toBe('BEGUN')
    expect(await writer.restoreStep('begin', of, 'two')).toBe('BUSY')
    const [applied] = await writer.write([{ of, rows }], true)
    expect(applied!.state).toBe('STAGING')
    await expect(index.page(of, 0, 10)).rejects.toBeInstanceOf(NotWhole)
    expect(await writer.restoreStep('finish', of, 'two')).toBe('LOST')
    expect(await writer.restoreStep('finish', of, 'one')).toBe('WHOLE')
    expect((await index.page(of, 0, 10)).total).toBe(players.length)
  })
})
