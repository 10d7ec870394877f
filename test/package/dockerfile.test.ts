import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbedded, type EmbeddedServers } from '../../src/embedded/start.ts'
import { buildStages, copiedFromContext, stagesOf } from '../helpers/dockerfile.ts'
import { run, runWell } from '../helpers/run.ts'
import { startServer, type ServerProcess } from '../helpers/server.ts'
import { eventually } from '../helpers/wait.ts'

// There is no Docker engine here: what the Dockerfile does with npm and with files is done in folders.
const root = fileURLToPath(new URL('../..', import.meta.url))
const stages = stagesOf(await readFile(join(root, 'Dockerfile'), 'utf8'))
let folder: string
let image: string
let ran: string[]
let servers: EmbeddedServers | undefined
let server: ServerProcess | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankpulse-image-'))
  ;({ folder: image, ran } = await buildStages(stages, root, join(folder, 'stages')))
})
afterAll(async () => {
  await server?.stop()
  await servers?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('its install steps install from the lock file, the last one what production needs', () => {
  expect(ran.filter((command) => command.startsWith('npm ci'))).toEqual(['npm ci', 'npm ci --omit=dev --omit=optional'])
  expect(ran).toContain('npm run build')
})

test('what it copies is not ignored', async () => {
  const ignored = await readFile(join(root, '.dockerignore'), 'utf8')
  const kept = ignored.split('\n').flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? [])
  expect(copiedFromContext(stages).filter((name) => !kept.includes(name))).toEqual([])
})

test('every module loads with what it has installed', async () => {
  const loadAll = `
    import { readdirSync } from 'node:fs'
    const files = readdirSync('dist', { recursive: true }).filter((name) => /^(?!main|web|sdk).*\\.js$/.test(name))
    for (const name of files) await import('./dist/' + name)
    console.log(files.length)
    process.exit(0)`
  expect(Number(await runWell(process.execPath, ['--input-type=module', '-e', loadAll], image))).toBeGreaterThan(100)
})

test('its program says what is missing, and what to run there', async () => {
  const program = (...args: string[]) => run(process.execPath, ['dist/main.js', ...args], image)
  expect((await program('--help')).stdout).toContain(' .env.example lists every variable')
  const { code, stdout, stderr } = await program('serve')
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(
    /^The configuration has errors:\n {2}DATABASE_URL: is not set;.*`node dist\/main\.js quickstart`/,
  )
})

test('its command serves', async () => {
  servers = await startEmbedded({ dataDir: join(folder, 'data') })
  const command = stages.at(-1)!.instructions.find(({ name }) => name === 'CMD')!.text
  const [program, ...args] = JSON.parse(command) as string[]
  expect(program).toBe('node')
  const env = {
    NODE_ENV: 'production',
    DATABASE_URL: servers.postgres!.url,
    REDIS_URL: servers.redis!.url,
    AUTH_SECRET: 'x'.repeat(32),
  }
  server = await startServer(env, { args, cwd: image })
  for (const path of ['/health/ready', '/', '/docs/swagger-ui-bundle.js', '/sdk/rankpulse.js', '/v1/leaderboards'])
    expect([path, (await fetch(server.url + path)).status]).toEqual([path, 200])
  await eventually(async () => expect(await (await fetch(`${server!.url}/health`)).text()).toContain('"status":"ok"'))
})
