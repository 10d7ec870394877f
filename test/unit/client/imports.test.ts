import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../../src/client', import.meta.url))
const statements = readdirSync(folder).flatMap((file) =>
  [...readFileSync(`${folder}/${file}`, 'utf8').matchAll(/^(?:import|export) (type )?[^;]*? from '([^']+)'/gm)].map(
    ([, type, from]) => ({ file, isType: type !== undefined, from: from ?? '' }),
  ),
)

test('a bundle of the client holds socket.io-client and pure rules, no schemas and nothing of Node', () => {
  expect(statements.length).toBeGreaterThan(20)
  const atRunTime = statements.filter(({ isType }) => !isType).map(({ from }) => from)
  const outside = atRunTime.filter((from) => !from.startsWith('./') && !from.startsWith('../ranking/'))
  expect(outside).toEqual(['socket.io-client'])
})
