import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  entryKey,
  foldBatch,
  ledgerKey,
  type FoldEntry,
  type FoldOutcome,
  type FoldState,
  type FoldTarget,
  type LedgerItem,
} from '../../../src/ranking/fold-batch.ts'
import { operators, orders, type Leaderboard } from '../../../src/ranking/leaderboard.ts'
import { makeLeaderboard, makeLedgerItem } from '../../helpers/leaderboards.ts'

const now = 1_000_000
const max = Number.MAX_SAFE_INTEGER
const players = ['a', 'b', 'c']

const baseBoard = makeLeaderboard({ submitBy: 'player', graceMs: 1000 })
const makeItem = (of: Partial<LedgerItem>) => makeLedgerItem({ board: baseBoard, occurredAt: now, ...of })
const open = (standingsId: number): FoldTarget => ({
  selector: `S${standingsId}`,
  standingsId,
  endsAt: null,
  sealed: false,
})
const emptyState = (): FoldState => ({ now, stored: new Map(), entries: new Map(), banned: new Set() })

const boards = fc
  .record({
    order: fc.constantFrom(...orders),
    operator: fc.constantFrom(...operators),
    session: fc.boolean(),
    graceMs: fc.constantFrom(0, 1000),
    bounds: fc.constantFrom({ minScore: null, maxScore: null }, { minScore: -2, maxScore: 2 }),
  })
  .map(({ session, bounds, ...rest }): Leaderboard => {
    const types: Leaderboard['types'] = session ? ['GLOBAL', 'SESSION'] : ['GLOBAL']
    return { ...baseBoard, ...rest, ...bounds, types }
  })
const targets = fc.array(
  fc.record({
    standingsId: fc.constantFrom(1, 1, 2, 3, null),
    endsAt: fc.constantFrom(null, null, now - 1500, now - 500, now + 500),
    sealed: fc.constantFrom(false, false, false, true),
  }),
  { maxLength: 3 },
)
const submissions = fc.record({
  playerId: fc.constantFrom(...players),
  submissionId: fc.constantFrom('x', 'y', 'z'),
  score: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -3, max: 3 }) }, fc.constantFrom(max, -max)),
  sessionId: fc.constantFrom(null, null, 's'),
  occurredAt: fc.constantFrom(now, now, now - 700, now - 3000),
  occurredSent: fc.boolean(),
  byPlayer: fc.boolean(),
})
const batches = boards.chain((board) =>
  fc.record({
    list: fc.array(fc.tuple(submissions, targets), { minLength: 1, maxLength: 12 }).map((pairs) => ({
      items: pairs.map(([item]) => makeItem({ ...item, board })),
      targets: pairs.map(([, own]) =>
        // A submission names a standings list once.
        own
          .filter(({ standingsId }, at) => own.findIndex((one) => one.standingsId === standingsId) === at)
          .map((target): FoldTarget => ({ selector: `S${target.standingsId}`, ...target })),
      ),
      ids: pairs.map((_, at) => 100 + at),
    })),
    entries: fc.array(fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(...players), fc.integer({ min: -3, max: 3 }))),
    banned: fc.subarray(players, { maxLength: 1 }),
  }),
)
type Batch = typeof batches extends fc.Arbitrary<infer T> ? T : never

function stateOf({ entries, banned }: Pick<Batch, 'entries' | 'banned'>): FoldState {
  const known = entries.map(([id, player, score]): [string, FoldEntry] => [
    entryKey(id, player),
    { score, version: 50, tie: 40, hidden: banned.includes(player) },
  ])
  return { now, stored: new Map(), entries: new Map(known), banned: new Set(banned) }
}

/** One submission after another, each refused before anything of it is kept. Answers as the ledger would be read back. */
function naiveFold({ list, entries, banned }: Batch) {
  const state = stateOf({ entries, banned })
  const accepted: { item: LedgerItem; outcome: FoldOutcome }[] = []
  const outcomes = list.items.map((item, at): FoldOutcome | { refused: string } => {
    const { board } = item
    const earlier = accepted.find(({ item: one }) => ledgerKey(one) === ledgerKey(item))
    if (earlier) {
      const sent = (one: LedgerItem) => [one.score, one.sessionId, one.occurredSent ? one.occurredAt : null]
      if (JSON.stringify(sent(earlier.item)) !== JSON.stringify(sent(item))) return { refused: 'IDEMPOTENCY_CONFLICT' }
      return { ...earlier.outcome, duplicate: true } as FoldOutcome
    }
    const own = list.targets[at]!
    if ((item.sessionId !== null && !board.types.includes('SESSION')) || own.length === 0)
      return { refused: 'VALIDATION' }
    if (item.score < (board.minScore ?? -max) || item.score > (board.maxScore ?? max))
      return { refused: 'SCORE_OUT_OF_RANGE' }
    if (item.byPlayer && item.occurredSent && item.occurredAt < now - board.graceMs) return { refused: 'WINDOW_CLOSED' }

    const effects = own.map(({ selector, standingsId, endsAt, sealed }) => {
      const previous = state.entries.get(`${standingsId}\0${item.playerId}`)?.score ?? null
      const ended = endsAt !== null && (item.occurredAt >= endsAt || now >= endsAt + board.graceMs)
      const effect = { standingsId, selector, previous, score: previous }
      if (standingsId === null || sealed || ended) return { ...effect, reason: 'WINDOW_CLOSED' as const }
      if (previous === null) return { ...effect, score: item.score, reason: null }
      if (board.operator === 'best') {
        const best = board.order === 'desc' ? Math.max(previous, item.score) : Math.min(previous, item.score)
        return { ...effect, score: best, reason: best === previous ? ('NOT_BETTER' as const) : null }
      }
      const score = board.operator === 'sum' ? Number(BigInt(previous) + BigInt(item.score)) : item.score
      return { ...effect, score, reason: score === previous ? ('UNCHANGED' as const) : null }
    })
    if (effects.some(({ score }) => score !== null && Math.abs(score) > max)) return { refused: 'SCORE_OUT_OF_RANGE' }
    if (effects.every(({ reason }) => reason === 'WINDOW_CLOSED')) return { refused: 'WINDOW_CLOSED' }
    const id = list.ids[at]!
    for (const { standingsId, reason, score } of effects)
      if (reason === null) {
        const hidden = banned.includes(item.playerId)
        state.entries.set(entryKey(standingsId!, item.playerId), { score, version: id, tie: id, hidden })
      }
    const outcome: FoldOutcome = { kind: 'stored', id, duplicate: false, effects }
    accepted.push({ item, outcome })
    return outcome
  })
  return { outcomes, entries: state.entries }
}

const brief = (outcome: FoldOutcome) => (outcome.kind === 'refused' ? { refused: outcome.code } : outcome)

test('a batch equals a naive model that takes one submission after another', () => {
  fc.assert(
    fc.property(batches, (batch) => {
      const state = stateOf(batch)
      const before = new Map(state.entries)
      const { outcomes, changed } = foldBatch(batch.list.items, batch.list.targets, batch.list.ids, state)
      const naive = naiveFold(batch)
      expect(outcomes.map(brief)).toEqual(naive.outcomes)
      expect(state.entries).toEqual(naive.entries)
      const touched = [...state.entries].filter(([key, entry]) => entry.version !== before.get(key)?.version)
      expect([...changed].sort()).toEqual(touched.map(([key]) => key).sort())
    }),
    { numRuns: 3000 },
  )
})

test('cutting a batch in two changes nothing, and what was refused leaves no trace', () => {
  fc.assert(
    fc.property(batches, fc.nat(12), (batch, cut) => {
      const { items, targets: own, ids } = batch.list
      const whole = stateOf(batch)
      const { outcomes } = foldBatch(items, own, ids, whole)

      const halves = stateOf(batch)
      const first = foldBatch(items.slice(0, cut), own.slice(0, cut), ids.slice(0, cut), halves)
      const second = foldBatch(items.slice(cut), own.slice(cut), ids.slice(cut), halves)
      expect([...first.outcomes, ...second.outcomes]).toEqual(outcomes)
      expect(halves.entries).toEqual(whole.entries)

      const kept = items.map((_, at) => at).filter((at) => outcomes[at]!.kind === 'stored')
      const without = stateOf(batch)
      const pick = <T>(list: T[]) => kept.map((at) => list[at]!)
      expect(foldBatch(pick(items), pick(own), pick(ids), without).outcomes).toEqual(pick(outcomes))
      expect([without.entries, without.stored]).toEqual([whole.entries, whole.stored])
    }),
    { numRuns: 2000 },
  )
})

describe('single cases', () => {
  test('a row of an attempt whose outcome was unknown is our own commit, not a duplicate', () => {
    const state = emptyState()
    const item = makeItem({})
    foldBatch([item], [[open(1)]], [7], state)
    const replay = { ...item, drawnIds: [7] }
    expect(foldBatch([replay], [[open(1)]], [8], state).outcomes).toMatchObject([{ id: 7, duplicate: false }])
    expect(foldBatch([item], [[open(1)]], [9], state).outcomes).toMatchObject([{ id: 7, duplicate: true }])
  })

  test('a total beyond the exact range is refused whole, the standings that had room included', () => {
    const state = emptyState()
    state.entries.set(entryKey(2, 'a'), { score: max, version: 1, tie: 1, hidden: false })
    const item = makeItem({ board: { ...baseBoard, operator: 'sum' } })
    const { outcomes, changed } = foldBatch([item], [[open(1), open(2)]], [7], state)
    expect(outcomes).toMatchObject([{ kind: 'refused', code: 'SCORE_OUT_OF_RANGE' }])
    expect([changed.size, state.entries.size, state.stored.size]).toEqual([0, 1, 0])
  })

  test("a player's score is taken at its arrival, however long it waited for its commit", () => {
    const board = { ...baseBoard, graceMs: 0 }
    const waited = makeItem({ board, byPlayer: true, occurredAt: now - 5000 })
    expect(foldBatch([waited], [[open(1)]], [7], emptyState()).outcomes).toMatchObject([{ kind: 'stored' }])
    const dated = { ...waited, occurredSent: true }
    expect(foldBatch([dated], [[open(1)]], [7], emptyState()).outcomes).toMatchObject([{ code: 'WINDOW_CLOSED' }])
  })
})
