import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RankedList, RankRow, Slice } from '../../src/actions/ports/ranks.ts'
import { maxLiveLimit, orders, rankStyles, tieRules } from '../../src/ranking/leaderboard.ts'
import { listPlayers as players, startRankedLists, versionsText, type RankedLists } from '../helpers/ranked-lists.ts'

let lists: RankedLists
beforeAll(async () => void (lists = await startRankedLists()))
afterAll(() => lists.stop())

const rules = fc.record({
  order: fc.constantFrom(...orders),
  ties: fc.constantFrom(...tieRules),
  rankStyle: fc.constantFrom(...rankStyles),
})
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
function toRows(opened: RankedList[], list: Change[]): RankRow[] {
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
function expectedList(list: RankedList, rows: RankRow[]): RankRow[] {
  const newest = new Map<string, RankRow>()
  for (const row of rows)
    if (row.standings.id === list.standings.id && row.version >= (newest.get(row.playerId)?.version ?? 0))
      newest.set(row.playerId, row)
  const { order, ties } = list.board
  return [...newest.values()]
    .filter((row) => !row.hidden)
    .sort((a, b) => {
      if (a.score !== b.score) return order === 'desc' ? b.score - a.score : a.score - b.score
      if (ties === 'id') return Buffer.compare(Buffer.from(a.playerId), Buffer.from(b.playerId))
      return ties === 'first' ? a.tie - b.tie : b.tie - a.tie
    })
}

/** Groups of one call: a standings list may come twice in it, a player once in a group. */
function toGroups(rows: RankRow[]): { list: RankedList; rows: RankRow[] }[] {
  const groups: { list: RankedList; rows: RankRow[] }[] = []
  for (const row of rows) {
    const open = groups.find(
      ({ list: of, rows: list }) =>
        of.standings.id === row.standings.id && !list.some((one) => one.playerId === row.playerId),
    )
    if (open) open.rows.push(row)
    else groups.push({ list: { board: row.board, standings: row.standings }, rows: [row] })
  }
  return groups
}

/** Pages up to liveLimit, which are asked for by revision, against one that is read whole. */
async function expectFirstRows(list: RankedList): Promise<void> {
  const whole = await lists.index.page(list, 0, 100)
  const limits = [2, 1, list.board.liveLimit]
  const pages = await Promise.all(limits.map((limit) => lists.index.page(list, 0, limit)))
  expect(pages).toEqual(limits.map((limit) => ({ total: whole.total, entries: whole.entries.slice(0, limit) })))
}

/** Places and windows of everybody, against a page that was found to be right. */
async function expectPlaces(list: RankedList, { total, entries }: Slice): Promise<void> {
  const { places } = await lists.index.places(list, players)
  for (const [at, playerId] of players.entries()) {
    const position = entries.findIndex((entry) => entry.playerId === playerId) + 1
    const { rank, score } = entries[position - 1] ?? {}
    expect(places[at]).toEqual(position === 0 ? null : { rank, position, score })
    for (const span of [0, 1, 3]) {
      const { start, ...around } = await lists.index.around(list, playerId, span)
      const window = position === 0 ? [] : entries.slice(start, start + Math.min(2 * span + 1, total))
      expect(around).toEqual({ total, entries: window, self: entries[position - 1] ?? null })
      expect(position === 0 || (start <= position - 1 && position - 1 <= start + 2 * span)).toBe(true)
    }
  }
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
        const { writer, index } = lists
        const first = await lists.open(rule)
        const opened = [first, await lists.open(first.board), await lists.open(first.board)]
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
          await expectFirstRows(opened[call % opened.length]!)
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
          await expectPlaces(of, page)
          const own = rows.filter((row) => row.standings.id === of.standings.id)
          expect(await writer.lagging(of, versionsText(own))).toEqual([])
          // What comes after is still missed, of those who are gone too.
          const ahead = players.map((playerId) => ({ playerId, version: 95 + rows.length }))
          expect(await writer.lagging(of, versionsText(ahead))).toEqual(players)
        }
      },
    ),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) },
  )
})

test('a page that did not change is the same object, whoever asks for it', async () => {
  const { writer, index } = lists
  const of = await lists.open({ order: 'desc', ties: 'first', rankStyle: 'competition' })
  const row = (playerId: string, score: number, version: number) => ({ ...of, playerId, score, version, tie: version })
  const write = (...rows: ReturnType<typeof row>[]) =>
    writer.write([{ list: of, rows: rows.map((one) => ({ ...one, hidden: false })) }], true)
  const crowd = Array.from({ length: maxLiveLimit }, (_, at) => row(`x${at}`, 1, 100 + at))
  await write(row('a', 3, 1), row('b', 2, 2), row('c', 2, 3), ...crowd)
  const first = await index.page(of, 0, 3)
  expect(first.entries.map(({ playerId, rank }) => [playerId, rank])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 2],
  ])
  // Beyond the first rows that any live list may have.
  await write(row('d', 0, 4))
  const again = await index.page(of, 0, 3)
  expect(again.total).toBe(crowd.length + 4)
  expect(again.entries).toBe(first.entries)
  await write(row('d', 2, 5))
  expect((await index.page(of, 0, 3)).entries.map(({ playerId }) => playerId)).toEqual(['a', 'b', 'c'])
  await write(row('d', 4, 6))
  expect((await index.page(of, 0, 3)).entries.map(({ playerId }) => playerId)).toEqual(['d', 'a', 'b'])
})

test('who lags is told of more players than one call of Redis takes', async () => {
  const of = await lists.open({ order: 'desc', ties: 'first', rankStyle: 'ordinal' })
  const rows = Array.from({ length: 1201 }, (_, at) => {
    const version = at + 1
    return { ...of, playerId: `p${at}`, score: at, version, tie: version, hidden: false }
  })
  for (let from = 0; from < rows.length; from += 100)
    await lists.writer.write([{ list: of, rows: rows.slice(from, from + 100) }], false)
  const behind = new Set([0, 499, 500, 501, 999, 1000, 1200])
  const asked = rows.map(({ playerId, version }, at) => ({ playerId, version: version + (behind.has(at) ? 1 : 0) }))
  expect(await lists.writer.lagging(of, versionsText(asked))).toEqual([...behind].map((at) => `p${at}`))
})
