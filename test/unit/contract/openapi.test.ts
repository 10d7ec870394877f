import { expect, test } from 'vitest'
import { errorCodes } from '../../../src/contract/errors.ts'
import { openApiDocument } from '../../../src/contract/openapi.ts'
import type { Route } from '../../../src/contract/routes/route.ts'
import { routes } from '../../../src/contract/routes.ts'

interface Operation {
  operationId: string
  parameters: { name: string; in: string; required?: boolean; schema: Record<string, unknown> }[]
  requestBody?: { required: boolean; content: Record<string, { schema: Record<string, unknown> }> }
  responses: Record<string, { content?: Record<string, { schema?: object }>; $ref?: string }>
  security: object[]
}
const document = openApiDocument('1.2.3') as {
  openapi: string
  info: { version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, { properties: Record<string, unknown> }>; responses: Record<string, object> }
}
const table = Object.entries<Route>(routes)
const template = (path: string) => path.replaceAll(/:(\w+)/g, '{$1}')
const operationOf = (route: Route) => document.paths[template(route.path)]![route.method.toLowerCase()]!

/** Every value of every `$ref` in a document. */
function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' ? [item as string] : refsOf(item)))
}

/** Every schema of an object with named fields, through every `$ref`. */
function objectsOf(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return []
  const { $ref, ...schema } = value as Record<string, unknown>
  const inner = [...Object.values(schema), ...($ref === undefined ? [] : [resolve($ref as string)])].flatMap(objectsOf)
  return typeof schema.properties === 'object' && schema.type === 'object' ? [schema, ...inner] : inner
}
const isClosed = (schema: Record<string, unknown>) => schema.additionalProperties === false

function resolve(ref: string): unknown {
  return ref
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
}

test('survives JSON and names its version', () => {
  expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  expect(document.openapi).toBe('3.1.0')
  expect(document.info.version).toBe('1.2.3')
})

test.each(table)('%s is there with its parameters, body, answers and problems', (id, route) => {
  const operation = operationOf(route)
  expect(operation.operationId).toBe(id)
  const named = operation.parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name)
  expect(named).toEqual([...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]))
  expect(operation.parameters.filter(({ in: where }) => where === 'path').every(({ required }) => required)).toBe(true)
  expect(operation.requestBody !== undefined).toBe(route.body !== undefined)
  expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(Object.keys(route.replies)))
  expect(operation.responses).toHaveProperty('400')
  expect(operation.requestBody?.required).toBe(route.body === undefined ? undefined : route.bodyOptional !== true)
})

test('has no operation beside the table', () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(table.map(([id]) => id).sort())
})

test.each(table)('%s: a body takes no other fields, answers may get more', (_id, route) => {
  const { requestBody, responses } = operationOf(route)
  expect(objectsOf(responses).filter(isClosed)).toEqual([])
  const sent = objectsOf(requestBody)
  expect(sent.filter((schema) => !isClosed(schema))).toEqual([])
  expect(sent.length > 0).toBe(route.body !== undefined)
})

test('every $ref leads somewhere', () => {
  const refs = refsOf(document)
  expect(refs.length).toBeGreaterThan(table.length)
  expect([...new Set(refs)].filter((ref) => typeof resolve(ref) !== 'object')).toEqual([])
})

test('every error code is in the problem schema and answers under its status', () => {
  const problem = document.components.schemas.Problem!.properties.code as { enum: string[] }
  expect(problem.enum).toEqual(Object.keys(errorCodes))
  for (const [code, { status, retryable }] of Object.entries(errorCodes)) {
    const response = document.components.responses[`Problem${status}`]
    expect(response).toMatchObject({ description: expect.stringContaining(code) as string })
    expect(retryable && !('headers' in response!)).toBe(false)
  }
})

test('query parameters say what they mean, with bounds, defaults and which may be left out', () => {
  const parameters = Object.fromEntries(operationOf(routes.readPage).parameters.map((item) => [item.name, item]))
  expect(parameters.limit).toMatchObject({
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
  })
  expect(operationOf(routes.whatIf).parameters).toContainEqual(
    expect.objectContaining({ name: 'score', required: true, schema: { type: 'number' } }),
  )
})

test('metadata is an object, and roles are asked for', () => {
  expect(document.components.schemas.Submission!.properties.metadata).toMatchObject({ type: 'object' })
  expect(operationOf(routes.submitScore).security).toEqual([{ bearer: [] }])
  expect(operationOf(routes.readPage).security).toEqual([{}, { bearer: [] }])
  expect(operationOf(routes.health).security).toEqual([])
})
