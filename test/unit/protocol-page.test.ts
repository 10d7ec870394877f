import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { asyncApiDocument } from '../../src/contract/asyncapi.ts'
import { errorCodes } from '../../src/contract/errors.ts'
import { clientEvents, serverEvents } from '../../src/contract/events.ts'
import { openApiDocument } from '../../src/contract/openapi.ts'
import type { Route } from '../../src/contract/routes/route.ts'
import { routes } from '../../src/contract/routes.ts'

// docs/protocol.md is written by hand: nothing that the contract declares may be missing from it. Its links are
// looked at in documents.test.ts.

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

test.each(Object.values<Route>(routes).map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`))(
  'has %s',
  (route) => expect(page.includes(`\`${route}\``)).toBe(true),
)

test.each([...Object.keys(clientEvents), ...Object.keys(serverEvents)])('has the event %s', (event) =>
  expect(new RegExp(`^\\| \`${event}\` +\\|`, 'm').test(page)).toBe(true),
)

test.each(Object.entries(errorCodes))('has the code %s', (code, { status, retryable }) =>
  expect(new RegExp(`^\\| \`${code}\` +\\| ${status} +\\| ${retryable ? 'yes' : 'no'} +\\|`, 'm').test(page)).toBe(
    true,
  ),
)

test('has the name of every field, and every value of a field with a few', () => {
  const names = new Set<string>()
  collect(openApiDocument('1').components, names)
  collect(openApiDocument('1').paths, names)
  collect(asyncApiDocument('1').components, names)
  collect(asyncApiDocument('1').channels, names)
  expect([...names].filter((name) => !new RegExp(`(?<!\\w)${name}(?!\\w)`).test(page))).toEqual([])
})

/** Names of properties and parameters, and values of enums, wherever they are in a document. */
function collect(value: unknown, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  if ('properties' in value) Object.keys(value.properties as object).forEach((name) => names.add(name))
  if ('in' in value && 'name' in value) names.add(value.name as string)
  if ('enum' in value) (value.enum as unknown[]).forEach((one) => typeof one === 'string' && names.add(one))
  Object.values(value).forEach((one) => collect(one, names))
}
