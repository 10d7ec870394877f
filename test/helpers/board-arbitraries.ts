import * as fc from 'fast-check'
import type { Definition } from './oracle/naive-ledger.ts'
import { limitOf, toNumber } from './oracle/naive-values.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Ids whose order by bytes is not that of a dictionary. */
export const playerIds = ['a', 'B', 'b', 'A_1', 'a.b', 'a-b', 'Z']
export const regions: Record<string, string> = { a: 'EU', B: 'EU', b: 'NA', A_1: 'EU', 'a.b': 'NA' }

const types = ['GLOBAL', 'DAILY', 'WEEKLY', 'MONTHLY', 'SESSION', 'REGIONAL']
const zones = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata', 'Pacific/Kiritimati']

/** Null, but one time in four. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, arbitrary)

export const definitions: fc.Arbitrary<Omit<Definition, 'id'>> = fc
  .record({
    order: fc.constantFrom('desc', 'asc'),
    operator: fc.constantFrom('best', 'last', 'sum'),
    ties: fc.constantFrom('first', 'last', 'id'),
    rankStyle: fc.constantFrom('ordinal', 'competition'),
    types: fc.shuffledSubarray(types, { minLength: 1 }),
    decimals: fc.constantFrom(0, 0, 1, 3, 6),
    timezone: fc.constantFrom(...zones),
    submitBy: fc.constantFrom('server', 'player'),
    graceMs: fc.constantFrom(0, 0, minute, 2 * hour, 36 * hour, 9 * day, 40 * day),
    bounds: rarely(fc.tuple(fc.integer({ min: -3, max: 0 }), fc.integer({ min: 0, max: 3 }))),
  } as const)
  .map(({ bounds, ...rest }) => ({
    ...rest,
    ...(bounds && {
      minScore: toNumber(BigInt(bounds[0]), rest.decimals),
      maxScore: toNumber(BigInt(bounds[1]), rest.decimals),
    }),
  }))

// Plain objects, which print better in a counterexample.
const shape = { noNullPrototype: true } as const

/** A score before the leaderboard's decimals are known. */
export type ScoreDraft = { steps: number } | { edge: 1n | -1n; inside: bigint } | { tooFine: number }

const steps = fc.record({ steps: fc.integer({ min: -3, max: 3 }) }, shape)
const edges = fc.record(
  { edge: fc.constantFrom(1n as const, -1n as const), inside: fc.constantFrom(0n, 1n, 2n, -1n) },
  shape,
)
const scores: fc.Arbitrary<ScoreDraft> = fc.oneof(
  { weight: 12, arbitrary: steps },
  { weight: 2, arbitrary: edges },
  { weight: 1, arbitrary: fc.record({ tooFine: fc.integer({ min: -3, max: 3 }) }, shape) },
)

/** The JSON number of a draft: a few small steps, the ends of the exact range or just beyond, a decimal too many. */
export function scoreOf(draft: ScoreDraft, decimals: number): number {
  if ('steps' in draft) return toNumber(BigInt(draft.steps), decimals)
  if ('tooFine' in draft) return toNumber(BigInt(draft.tooFine) * 10n + 5n, decimals + 1)
  return toNumber(draft.edge * (limitOf(decimals) - draft.inside), decimals)
}

const submissions = fc.record(
  {
    playerId: fc.constantFrom(...playerIds),
    score: scores,
    submissionId: fc.constantFrom(null, null, 'x1', 'x2', 'x3'),
    sessionId: rarely(fc.constantFrom('s1', 's2')),
    /** Milliseconds from now. */
    occurred: rarely(fc.constantFrom(30_000, 2 * minute, 0, -hour, -hour, -day, -8 * day, -32 * day, -70 * day)),
  },
  shape,
)
export type SubmissionDraft = typeof submissions extends fc.Arbitrary<infer T> ? T : never

const as = fc.oneof({ weight: 4, arbitrary: fc.constant('server' as const) }, fc.constant('player' as const))
/** Sends an earlier submission once more, byte for byte. */
const again = fc.record({ again: fc.nat(20) }, shape)

export const operations = fc.oneof(
  { weight: 24, arbitrary: fc.record({ submit: submissions, as }, shape) },
  { weight: 4, arbitrary: fc.record({ retry: again, as }, shape) },
  {
    weight: 4,
    arbitrary: fc.record(
      { batch: fc.array(fc.oneof(submissions, submissions, again), { minLength: 1, maxLength: 10, size: 'max' }) },
      shape,
    ),
  },
  { weight: 1, arbitrary: fc.record({ remove: fc.constantFrom(...playerIds) }, shape) },
  { weight: 1, arbitrary: fc.record({ close: fc.constantFrom('s1', 's2') }, shape) },
)
export type Operation = typeof operations extends fc.Arbitrary<infer T> ? T : never

/** Windows and sets to read with. */
export const questions = fc.record(
  {
    limit: fc.integer({ min: 1, max: 5 }),
    offset: fc.integer({ min: 0, max: 8 }),
    span: fc.integer({ min: 0, max: 4 }),
    lookup: fc.shuffledSubarray([...playerIds, 'nobody'], { minLength: 1 }),
    score: fc.integer({ min: -4, max: 4 }),
  },
  shape,
)
export type Questions = typeof questions extends fc.Arbitrary<infer T> ? T : never
