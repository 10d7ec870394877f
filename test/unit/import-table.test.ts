import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const src = fileURLToPath(new URL('../../src', import.meta.url))
const shared = ['errors', 'log', 'metrics', 'timing']
// Who may import whom: imports point inwards. `config:types` stands for types of src/config.ts only; a row is a folder of
// src/ or a file in it.
const table: Record<string, string[]> = {
  errors: ['contract/errors'],
  log: ['config:types'],
  metrics: [],
  installation: [],
  'server-url': [],
  'config-values': ['redis/address'],
  settings: ['config-values', 'installation'],
  config: ['settings', 'installation'],
  timing: ['log:types'],
  auth: ['actions/request', 'contract', 'ranking/ids', 'errors', 'config:types'],
  ranking: [],
  contract: ['ranking'],
  actions: ['ranking', 'contract', 'errors', 'timing', 'log:types'],
  postgres: ['actions/ports', 'ranking', 'installation', ...shared],
  redis: ['actions/ports', 'ranking', ...shared],
  jobs: ['actions/ports', 'ranking', ...shared],
  // Makes the messages of the wire, for standings that it resolves as a request would.
  live: ['actions/ports', 'actions/live-room', 'actions:types', 'contract:types', 'ranking', ...shared],
  client: ['contract:types', 'ranking'],
  http: ['contract', 'actions', 'ranking', 'installation', ...shared],
  socket: ['contract', 'actions', 'ranking', 'live:types', ...shared],
  // One server, two engines: composes the two edges.
  transport: ['http', 'socket', 'auth/access', 'actions', 'live:types', 'config:types', 'server-url', ...shared],
  embedded: ['config', 'log', 'app', 'auth/tokens', 'server-url', 'installation'],
  demo: ['contract', 'timing', 'auth/tokens', 'installation', 'cli/addresses', 'cli/progress'],
  web: ['client', 'contract:types', 'ranking'],
  // Postgres, Redis and the repair between them, as the server and the repair commands open them.
  core: ['actions', 'config:types', 'jobs', 'log:types', 'postgres', 'redis', 'timing'],
  app: [
    'core',
    'actions',
    'auth',
    'config:types',
    'installation',
    'jobs',
    'live',
    'log:types',
    'postgres',
    'redis',
    'socket',
    'timing',
    'transport',
  ],
  cli: [
    'core',
    'config',
    'config-values',
    'embedded',
    'installation',
    'log',
    'server-url',
    'timing',
    'actions:types',
    'actions/repair-lists',
    'http/sdk-bundle',
    'http/web-bundle',
    'http:types',
    'postgres/connection',
    'redis',
  ],
  main: ['app', 'auth', 'cli', 'config', 'demo', 'embedded', 'installation', 'log', 'postgres/connection'],
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

const roomOf = (file: string) => file.split('/')[0]!.replace(/\.ts$/, '')

test('every folder and every file of src has a row in the table, and no row is stale', () => {
  expect(Object.keys(table).toSorted()).toEqual([...new Set(files.map(roomOf))].toSorted())
  const shown = files.flatMap((file) => importsOf(file).map(({ target }) => [roomOf(file), target] as const))
  const stale = Object.entries(table).flatMap(([room, rules]) =>
    rules
      .filter((rule) => !shared.includes(rule))
      .filter(
        (rule) => !shown.some(([from, target]) => from === room && `${target}/`.startsWith(`${rule.split(':')[0]}/`)),
      )
      .map((rule) => `${room}: ${rule}`),
  )
  expect(stale).toEqual([])
})

test.each(Object.entries(table))('%s imports only what the table allows', (room, rules) => {
  const own = files.filter((file) => roomOf(file) === room)
  const wrong = own.flatMap((file) =>
    importsOf(file)
      .filter((one) => one.target.split('/')[0] !== room && !allowed(rules, one))
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
