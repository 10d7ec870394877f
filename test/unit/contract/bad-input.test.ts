import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { parseInput } from '../../../src/actions/parse-input.ts'
import { AppError } from '../../../src/errors.ts'
import { leaderboardCreateSchema } from '../../../src/contract/leaderboard.ts'
import { profileBody } from '../../../src/contract/player.ts'
import { banBody, unbanBody } from '../../../src/contract/person.ts'
import { aroundQuery, lookupBody, pageQuery, socketPageSchema, whatIfQuery } from '../../../src/contract/reads.ts'
import { batchSchema, socketSubmissionSchema, submissionSchema } from '../../../src/contract/submission.ts'
import { externalId, instant, leaderboardId, playerId, region } from '../../../src/contract/values.ts'

const nested = (levels: number) => JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels)) as unknown
const list = <T>(length: number, item: T) => Array.from({ length }, () => item)
const nul = '\u0000'
const brokenPair = '\ud800'

const good = {
  leaderboardId: [leaderboardId, ['a', '0', 'arena-2', 'a'.repeat(48)]],
  playerId: [playerId, ['p1', 'A', 'steam:76561.x_y-z', 'p'.repeat(64)]],
  externalId: [externalId, ['m1-7', '_', ':.-_', 'x'.repeat(64)]],
  region: [region, ['EU', 'US-EAST1', '12']],
  instant: [instant, ['2026-11-22T10:00:00.000Z', '2024-02-29T23:59:59Z']],
  submission: [
    submissionSchema,
    [{ score: 0 }, { score: -5.25 }, { score: 1, metadata: {} }, { score: 1, metadata: nested(15) }],
  ],
  profile: [profileBody, ['Zoë', '🎮'.repeat(64), 'مرحبا', ' ', '<b>'].map((displayName) => ({ displayName }))],
  ban: [banBody, ['x', 'x'.repeat(500), 'Ünfair 🏆'].map((reason) => ({ reason }))],
  unban: [unbanBody, [{}, { reason: 'appeal' }]],
  page: [pageQuery, [{}, { limit: '1' }, { limit: '1000', offset: '0' }]],
  whatIf: [whatIfQuery, [{ score: '5' }, { score: '-1.5' }, { score: '1e3' }]],
} as const

const bad = {
  leaderboardId: [leaderboardId, ['', '-a', 'A', 'a b', 'a_b', 'a'.repeat(49), 'é', `a${nul}`, 'a\n', 5, null]],
  playerId: [playerId, ['', '.p', '-p', 'p p', 'p'.repeat(65), 'p/1', 'é', `p${nul}`, 'p\n', '\tp', 1, {}]],
  externalId: [externalId, ['', 'a b', 'x'.repeat(65), `x${nul}`, 'x\n', 'é', '"x"', 7]],
  region: [region, ['E', 'eu', 'EUROPEWES', 'E U', `EU${nul}`]],
  instant: [
    instant,
    [
      'now',
      '2026-11-22',
      '2026-11-22T10:00:00+01:00',
      '2026-02-30T10:00:00Z',
      '2026-13-01T00:00:00Z',
      1_700_000_000_000,
    ],
  ],
  submission: [
    submissionSchema,
    [
      {},
      ...[Number.NaN, Infinity, -Infinity, '5', null, true, [1], {}].map((score) => ({ score })),
      ...['a b', `p${nul}`, 'p'.repeat(65)].map((id) => ({ score: 1, playerId: id })),
      ...['a b', `m${nul}`, 'm'.repeat(65), ''].map((id) => ({ score: 1, submissionId: id })),
      ...['a b', 5, 's'.repeat(65)].map((id) => ({ score: 1, sessionId: id })),
      { score: 1, occurredAt: 'yesterday' },
      { score: 1, occurredAt: '1799-12-31T23:59:59.999Z' },
      { score: 1, occurredAt: '2201-01-01T00:00:00.000Z' },
      ...[
        [],
        'x',
        5,
        null,
        nested(17),
        nested(20_000),
        { a: 'x'.repeat(1024) },
        { a: nul },
        { [nul]: 1 },
        { a: [{ b: brokenPair }] },
      ].map((metadata) => ({ score: 1, metadata })),
      null,
      [],
      'x',
    ],
  ],
  socketSubmission: [socketSubmissionSchema, [{ score: 1 }, { score: 1, leaderboard: 'No' }, undefined]],
  batch: [batchSchema, [{}, { submissions: [] }, { submissions: list(1001, { score: 1 }) }, { submissions: {} }]],
  profile: [
    profileBody,
    [
      {},
      ...['', 'x'.repeat(65), '🎮'.repeat(65), `a${nul}`, 'a\nb', '\u007f', '\u0085', brokenPair, 5].map(
        (displayName) => ({
          displayName,
        }),
      ),
      ...['javascript:alert(1)', 'x', `http://a/${nul}`, `http://a/${brokenPair}`, `http://a/${'x'.repeat(512)}`].map(
        (avatarUrl) => ({ displayName: 'a', avatarUrl }),
      ),
      { displayName: 'a', country: 'de' },
      { displayName: 'a', region: 'eu' },
    ],
  ],
  ban: [
    banBody,
    [{}, ...['', 'x'.repeat(501), `a${nul}`, 'a\nb', '\u0085', brokenPair, 5, null].map((reason) => ({ reason }))],
  ],
  unban: [unbanBody, ['', 'x'.repeat(501), nul, 5].map((reason) => ({ reason }))],
  lookup: [
    lookupBody,
    [{}, { playerIds: [] }, { playerIds: list(501, 'p') }, { playerIds: ['a b'] }, { playerIds: 'p' }],
  ],
  page: [pageQuery, ['0', '1001', '-1', '1.5', 'x', '', '1e2', '9'.repeat(16)].map((limit) => ({ limit }))],
  pageOffset: [pageQuery, ['-1', 'x'].map((offset) => ({ offset }))],
  socketPage: [
    socketPageSchema,
    [
      {},
      { leaderboard: 'a', limit: 201 },
      { leaderboard: 'a', limit: 0 },
      { leaderboard: 'a', limit: '5' },
      { leaderboard: 'a', offset: -1 },
    ],
  ],
  around: [aroundQuery, ['51', '-1', 'x'].map((span) => ({ span }))],
  whatIf: [
    whatIfQuery,
    [{}, ...['', 'x', '1e999', 'NaN', 'Infinity', '0x10', '1_0', ' 1'].map((score) => ({ score }))],
  ],
  leaderboard: [
    leaderboardCreateSchema,
    [
      {},
      { id: 'A' },
      ...[
        { types: [] },
        { types: ['GLOBAL', 'GLOBAL'] },
        { types: ['YEARLY'] },
        { decimals: 7 },
        { decimals: 1.5 },
        { order: 'up' },
        { operator: 'max' },
        { ties: 'none' },
        { timezone: 'Mars/Olympus' },
        { timezone: `UTC${nul}` },
        { liveLimit: 0 },
        { liveLimit: 201 },
        { tickMs: 49 },
        { graceMs: 3_456_000_001 },
        { graceMs: -1 },
        { minScore: 5, maxScore: 4 },
        { minScore: 0.5 },
        { maxScore: 2 ** 53 },
        { title: '' },
        { title: `a${nul}` },
        { metric: 'rating', operator: 'best' },
        { metric: 'rating', decimals: 1 },
        { metric: 'rating', types: ['DAILY'] },
      ].map((field) => ({ id: 'a', ...field })),
    ],
  ],
} as const

describe.each(Object.entries(good))('%s takes', (_name, [schema, values]) => {
  test.each(values.map((value) => [JSON.stringify(value).slice(0, 60), value]))('%s', (_text, value) => {
    expect(schema.safeParse(value).success).toBe(true)
  })
})

describe.each(Object.entries(bad))('%s refuses', (_name, [schema, values]) => {
  test.each([...values].map((value) => [label(value), value as unknown]))('%s', (_text, value) => {
    const { code, issues } = refusal(schema, value)
    expect(code).toBe('VALIDATION')
    expect(issues!.length).toBeGreaterThan(0)
    expect(issues!.every(({ message }) => message.length > 0)).toBe(true)
  })
})

test('issues name the place of the fault, and there are 20 at most', () => {
  const { issues } = refusal(lookupBody, { playerIds: list(500, 'a b') })
  expect(issues).toHaveLength(20)
  expect(issues![3]).toMatchObject({ path: 'playerIds.3' })
})

function label(value: unknown): string {
  try {
    if (value === undefined) return 'undefined'
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'number' ? String(item) : item)).slice(0, 70)
  } catch {
    return 'too deep to show' // JSON.stringify is recursive
  }
}

function refusal(schema: z.ZodType, value: unknown): AppError {
  try {
    parseInput(schema, value)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('this was taken')
}
