import { fileURLToPath } from 'node:url'
import { expect, inject, test } from 'vitest'
import { run } from '../helpers/run.ts'

const { tarball, size, unpackedSize, files } = inject('packed')
const names = files.map(({ path }) => path)
const root = fileURLToPath(new URL('../..', import.meta.url))

test.each([
  ['the command', /^dist\/main\.js$/],
  ['the client', /^dist\/client\/index\.js$/],
  ['its types', /^dist\/client\/index\.d\.ts$/],
  ['what Redis runs', /^dist\/redis\/lua\/apply\.lua$/],
  ['the migrations', /^drizzle\/0000_\w+\.sql$/],
  ['their order', /^drizzle\/meta\/_journal\.json$/],
  ['the spectator page', /^dist\/web\/index\.html$/],
  ['its script', /^dist\/web\/main-\w+\.js$/],
  ['the SDK for pages', /^dist\/sdk\/rankpulse-\d+\.\d+\.\d+-\w+\.js$/],
  ['the goals', /^dist\/demo\/data\/goals\.tsv\.br$/],
  ['the matches', /^dist\/demo\/data\/matches\.tsv\.br$/],
  ['every variable', /^\.env\.example$/],
  ['the licence', /^LICENSE$/],
  ['what it is', /^README\.md$/],
  ['what the README names', /^docs\/operations\.md$/],
  ['the wire contract', /^docs\/protocol\.md$/],
  ['its test vectors', /^docs\/protocol-vectors\.json$/],
])('has %s', (_, pattern) => {
  expect(names.filter((name) => pattern.test(name))).toHaveLength(1)
})

test.each([
  ['tests and benches', /(^|\/)(test|bench)\/|\.test\./],
  ['sources', /^src\/|(?<!\.d)\.ts$/],
  ["anybody's data or secrets", /(^|\/)(\.data\/|\.env$)/],
  ['maps to sources that are not there', /\.map$/],
  ['what only the repository needs', /^(\.ci|node_modules)\/|snapshot\.json$|\.png$|make-\w+-data|build-web/],
])('has no %s', (_, pattern) => {
  expect(names.filter((name) => pattern.test(name))).toEqual([])
})

test('stays small', () => {
  // 0.9 and 1.8 MB, of which the data of the demos are 0.6.
  expect(size).toBeLessThan(1_400_000)
  expect(unpackedSize).toBeLessThan(2_700_000)
})

test('publint finds nothing', async () => {
  const { code, stdout, stderr } = await run('node_modules/.bin/publint', ['run', tarball, '--strict'], root)
  expect(`${stdout}${stderr}`).toContain('All good!')
  expect(code).toBe(0)
})

// esm-only leaves out two ways to resolve: `require`, which Node from 20.19 on does with ES modules as they are, and that
// of TypeScript before `exports` were known.
test('are the types wrong: no', async () => {
  const args = [tarball, '--profile', 'esm-only', '--format', 'json']
  const { code, stdout } = await run('node_modules/.bin/attw', args, root)
  const { analysis } = JSON.parse(stdout) as { analysis: { types: unknown; entrypoints: Record<string, unknown> } }
  expect(analysis.types).toEqual({ kind: 'included' })
  expect(Object.keys(analysis.entrypoints)).toEqual(['./client', './package.json'])
  expect(code).toBe(0)
})
