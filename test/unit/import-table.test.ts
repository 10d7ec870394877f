import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const src = fileURLToPath(new URL('../../src', import.meta.url))
const shared = ['errors', 'log', 'metrics', 'timing']
// Who may import whom: imports point inwards. `config:types` stands for types of src/config.ts only.
const table: Record<string, string[]> = {
  timing: ['log:types'],
  auth: ['actions/request', 'contract', 'errors', 'config:types'],
  ranking: [],
  contract: ['ranking'],
  actions: ['ranking', 'contract', 'errors', 'timing', 'log:types'],
  postgres: ['actions/ports', 'ranking', 'installation', ...shared],
  redis: ['actions/ports', 'ranking', ...shared],
  jobs: ['actions/ports', 'ranking', ...shared],
  // Makes the messages of the wire, for standings that it resolves as a request would.
  live: ['actions/ports', 'actions/live-room', 'actions:types', 'contract:types', 'ranking', ...shared],
  client: ['contract:types', 'ranking'],
  http: [
    'contract',
    'actions',
    'ranking',
    'transport/engine',
    'auth/access',
    'installation',
    'config:types',
    ...shared,
  ],
  socket: [
    'contract',
    'actions',
    'ranking',
    'live:types',
    'transport/engine',
    'auth/access',
    'config:types',
    ...shared,
  ],
  // One server, two engines: composes the two edges.
  transport: [
    'http',
    'socket',
    'auth/access',
    'actions',
    'contract',
    'live:types',
    'config:types',
    'server-url',
    ...shared,
  ],
  embedded: ['config', 'log', 'app', 'auth/tokens', 'server-url', 'installation'],
  demo: ['contract', 'ranking', 'auth/tokens', 'installation', 'cli/addresses', 'cli/progress'],
  web: ['client', 'contract:types', 'ranking'],
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

interface Import {
  target: string
  typesOnly: boolean
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8')
  const statements = text.matchAll(
    /(?:import|export)\s+(type\s+)?[^'"`]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)|^import\s+'(\.[^']+)'/gm,
  )
  return [...statements].map((match) => ({
    target: relative(src, resolve(dirname(join(src, file)), match[2] ?? match[3] ?? match[4] ?? '')).replace(
      /\.ts$/,
      '',
    ),
    typesOnly: match[1] !== undefined,
  }))
}

function allowed(rules: string[], { target, typesOnly }: Import): boolean {
  const folder = target.split('/')[0]!
  return rules.some(
    (rule) => rule === target || target.startsWith(`${rule}/`) || (typesOnly && rule === `${folder}:types`),
  )
}

test('every folder but the command line has a row in the table', () => {
  const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]!))
  folders.delete('cli')
  expect([...folders].filter((folder) => !(folder in table))).toEqual([])
})

test.each(Object.entries(table))('%s imports only what the table allows', (folder, rules) => {
  const own = files.filter((file) => file.startsWith(`${folder}/`))
  expect(own.length).toBeGreaterThan(0)
  const wrong = own.flatMap((file) =>
    importsOf(file)
      .filter((one) => one.target.split('/')[0] !== folder && !allowed(rules, one))
      .map((one) => `${file} -> ${one.target}`),
  )
  expect(wrong).toEqual([])
})

test('the pure core imports no package', () => {
  const packages = files
    .filter((file) => file.startsWith('ranking/'))
    .flatMap((file) =>
      [...readFileSync(join(src, file), 'utf8').matchAll(/from '([^.'][^']*)'/g)].map(
        (match) => `${file} -> ${match[1]}`,
      ),
    )
  expect(packages).toEqual([])
})

test('files stay small', () => {
  const long = files.filter((file) => readFileSync(join(src, file), 'utf8').split('\n').length > 251)
  expect(long).toEqual([])
})
