import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseInput } from '../../../src/actions/parse-input.ts'
import { clientEvents } from '../../../src/contract/events.ts'
import type { Issue } from '../../../src/contract/errors.ts'
import { leaderboardCreateSchema } from '../../../src/contract/leaderboard.ts'
import { matchCompleteSchema } from '../../../src/contract/match.ts'
import { pageQuery } from '../../../src/contract/reads.ts'
import type { Route } from '../../../src/contract/routes/route.ts'
import { routes } from '../../../src/contract/routes.ts'
import { submissionSchema } from '../../../src/contract/submission.ts'
import { metadata } from '../../../src/contract/values.ts'
import { AppError } from '../../../src/errors.ts'

/** Every schema of what a client may send, by where it goes. */
const inputs: [string, z.ZodType][] = [
  ...Object.entries<Route>(routes).flatMap(([name, { query, body }]): [string, z.ZodType][] => [
    ...(query === undefined ? [] : [[`${name} query`, query] as [string, z.ZodType]]),
    ...(body === undefined ? [] : [[`${name} body`, body] as [string, z.ZodType]]),
  ]),
  ...Object.entries(clientEvents).map(([name, { payload }]): [string, z.ZodType] => [name, payload]),
]

/** An object that may be sent, in the schema of an input. */
interface Place {
  path: (string | number)[]
  fields: string[]
}

function objectsIn(schema: z.ZodType, path: (string | number)[] = []): Place[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return objectsIn(schema.unwrap() as z.ZodType, path)
  if (schema instanceof z.ZodArray) return objectsIn(schema.element as z.ZodType, [...path, 0])
  if (!(schema instanceof z.ZodObject)) return []
  const shape = schema.shape as Record<string, z.ZodType>
  const inner = Object.entries(shape).flatMap(([name, field]) => objectsIn(field, [...path, name]))
  return [{ path, fields: Object.keys(shape) }, ...inner]
}

/** A value with `field` at the place, and nothing else. */
function valueWith({ path }: Place, field: string): unknown {
  return path.reduceRight<unknown>((value, step) => (step === 0 ? [value] : { [step]: value }), { [field]: 1 })
}

function issuesOf(schema: z.ZodType, value: unknown): Issue[] {
  try {
    parseInput(schema, value)
  } catch (error) {
    if (error instanceof AppError && error.code === 'VALIDATION') return error.issues!
    throw error
  }
  return []
}

const places = inputs.flatMap(([name, schema]) =>
  objectsIn(schema).map((place): [string, z.ZodType, Place] => [[name, ...place.path].join(' '), schema, place]),
)

test('every input is an object, and some hold others', () => {
  expect(places.length).toBeGreaterThan(inputs.length)
  expect(inputs.filter(([, schema]) => objectsIn(schema).length === 0)).toEqual([])
})

describe.each(places)('%s', (_name, schema, place) => {
  test('an unknown field is refused by its path', () => {
    const path = [...place.path, 'zzzzzzzz'].join('.')
    expect(issuesOf(schema, valueWith(place, 'zzzzzzzz'))).toContainEqual({
      path,
      message: place.fields.length === 0 ? 'is unknown: nothing is taken here' : 'is unknown',
    })
  })

  test.each(place.fields.map((field) => [field]))('%s in another case, or with a letter too many', (field) => {
    const shouted = field.toUpperCase() === field ? field.toLowerCase() : field.toUpperCase()
    for (const wrong of [shouted, `${field}x`]) {
      const path = [...place.path, wrong].join('.')
      expect(issuesOf(schema, valueWith(place, wrong))).toContainEqual({
        path,
        message: `is unknown, did you mean ${field}?`,
      })
    }
  })
})

test.each([
  [submissionSchema, { score: 1, submissionID: 'm1' }, 'submissionID', 'submissionId'],
  [submissionSchema, { score: 1, submission_id: 'm1' }, 'submission_id', 'submissionId'],
  [submissionSchema, { score: 1, occuredAt: '2026-01-01T00:00:00Z' }, 'occuredAt', 'occurredAt'],
  [submissionSchema, { score: 1, player: 'p' }, 'player', 'playerId'],
  [leaderboardCreateSchema, { id: 'a', operater: 'sum' }, 'operater', 'operator'],
  [pageQuery, { standing: 'WEEKLY' }, 'standing', 'standings'],
  [matchCompleteSchema, { results: [{ playerId: 'a', placment: 1 }] }, 'results.0.placment', 'placement'],
] as [z.ZodType, object, string, string][])('%#: what was meant is said first', (schema, value, path, meant) => {
  const issues = issuesOf(schema, value)
  expect(issues[0]).toEqual({ path, message: `is unknown, did you mean ${meant}?` })
  expect(() => parseInput(schema, value)).toThrow(`${path}: is unknown, did you mean ${meant}?`)
})

test('inside metadata everything is free', () => {
  const value = { score: 1, metadata: { submissionID: 'x', deep: { Score: 2 } } }
  expect(parseInput(submissionSchema, value)).toEqual(value)
  expect(parseInput(metadata, { a: 1 })).toEqual({ a: 1 })
})

test('__proto__ is a field like any other', () => {
  const issues = issuesOf(submissionSchema, JSON.parse('{"score":1,"__proto__":{"score":3}}'))
  expect(issues).toEqual([{ path: '__proto__', message: 'is unknown' }])
})

test('a name that is cut, or is broken itself, is told in well-formed text', () => {
  for (const name of [`${'n'.repeat(63)}😀😀`, '\ud800']) {
    const [issue] = issuesOf(submissionSchema, { score: 1, [name]: 1 })
    expect(issue!.path.isWellFormed()).toBe(true)
    expect(() => parseInput(submissionSchema, { score: 1, [name]: 1 })).toThrow(/^[^\p{Cs}]*$/u)
  }
})

test('a name of one letter is near to none but itself', () => {
  const schema = z.strictObject({ t: z.unknown().optional(), id: z.unknown().optional() })
  expect(issuesOf(schema, { ts: 1, T: 1, idx: 1 }).map(({ message }) => message)).toEqual([
    'is unknown',
    'is unknown, did you mean t?',
    'is unknown, did you mean id?',
  ])
})

test('many and long names: 20 issues, short ones', () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`submissionId${at}`, at]))
  expect(issuesOf(submissionSchema, { score: 1, ...many })).toHaveLength(20)
  const long = `submissionId${'x'.repeat(60_000)}`
  const [issue] = issuesOf(submissionSchema, { score: 1, [long]: 1 })
  expect(issue).toEqual({ path: `${long.slice(0, 64)}…`, message: 'is unknown' })
  const rows = Array.from({ length: 100 }, () => ({ [long]: 1 }))
  const issues = issuesOf(matchCompleteSchema, { results: rows })
  expect(issues).toHaveLength(20)
  expect(JSON.stringify(issues).length).toBeLessThan(4000)
})
