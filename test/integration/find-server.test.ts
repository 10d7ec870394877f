import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { QuickstartState } from '../../src/embedded/quickstart-state.ts'
import { freePort } from '../../src/embedded/server-process.ts'
import { createClient } from '../helpers/client.ts'
import { commandLine, startServer, type ServerProcess } from '../helpers/server.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

// Every command is a process that compiles its own source.
vi.setConfig({ testTimeout: 180_000 })

let stack: Stack
let folder: string
beforeAll(async () => {
  stack = await startStack({ nodes: 0 })
})
afterAll(() => stack.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankpulse-commands-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs a command in the folder with nothing else in its environment. */
const run = async (args: string[], env: Record<string, string> = {}) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env.PATH, ...env } }
    execFile(process.execPath, [...commandLine, ...args], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
const writeEnv = (variables: Record<string, string>) =>
  writeFile(
    join(folder, '.env'),
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
const writeNotes = async (notes: Partial<QuickstartState>) => {
  await mkdir(join(folder, '.data'))
  const state = {
    url: 'http://127.0.0.1:9',
    authSecret: 'x'.repeat(32),
    pid: null,
    databaseUrl: '',
    redisUrl: '',
    ...notes,
  }
  await writeFile(join(folder, '.data', 'quickstart.json'), JSON.stringify(state))
}
const mayDefine = async (url: string, token: string) =>
  (await createClient(url, token.trim()).send('POST', '/v1/leaderboards', { id: 'defined' })).status

describe.each(['.env', 'the environment'])('a server and commands that are set up by %s', (where) => {
  let server: ServerProcess
  let env: Record<string, string>
  let port: string
  beforeEach(async () => {
    port = String(await freePort())
    const variables = { ...stack.env, PORT: port, HOST: '127.0.0.1', AUTH_ISSUER: 'here', AUTH_AUDIENCE: 'scores' }
    if (where === '.env') await writeEnv(variables)
    env = where === '.env' ? {} : variables
    // From another time: what it says must not win.
    await writeNotes({})
    server = await startServer(env, { cwd: folder, address: {} })
  })
  afterEach(() => server.stop())

  test('token, seed, demo, doctor, reconcile and rebuild find it', async () => {
    expect(server.url).toBe(`http://127.0.0.1:${port}`)
    const token = await run(['token', '--role', 'admin', '--sub', 'ops'], env)
    expect(await mayDefine(server.url, token.out)).toBeLessThan(300)
    const commands = [
      ['seed'],
      ['demo', 'goals', '--limit', '20'],
      ['demo', 'football', '--limit', '3'],
      ['demo', 'live', '--players', '3', '--rate', '5', '--seconds', '1'],
    ]
    for (const args of commands) {
      const { code, out, err } = await run(args, env)
      expect({ args, code, err }).toEqual({ args, code: 0, err: expect.any(String) as string })
      expect(out).toContain(server.url)
    }
    for (const args of [['doctor'], ['reconcile'], ['rebuild']]) expect(await run(args, env)).toMatchObject({ code: 0 })
  })

  test('--url and --token win', async () => {
    const none = await run(['seed', '--url', 'http://127.0.0.1:9'], env)
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('http://127.0.0.1:9') as string })
    const bad = await run(['demo', 'goals', '--token', 'none'], env)
    expect(bad).toMatchObject({ code: 1, err: expect.stringContaining('UNAUTHENTICATED') as string })
  })
})

test('what quickstart wrote down is found, and what the environment names wins value by value', async () => {
  const server = await startServer(stack.env)
  const notes = { url: server.url, authSecret: stack.env.AUTH_SECRET! }
  try {
    await writeNotes(notes)
    expect(await run(['demo', 'goals', '--limit', '5'])).toMatchObject({ code: 0 })
    expect(await run(['demo', 'goals', '--limit', '5'], { HOST: '0.0.0.0' })).toMatchObject({ code: 0 })
    const token = await run(['token', '--role', 'admin', '--sub', 'ops'])
    expect(await mayDefine(server.url, token.out)).toBeLessThan(300)

    await rm(join(folder, '.data'), { recursive: true })
    await writeNotes({ ...notes, url: 'http://127.0.0.1:9' })
    expect(await run(['seed'], { PORT: new URL(server.url).port })).toMatchObject({ code: 0 })
    const wrong = await run(['seed'], { PORT: new URL(server.url).port, AUTH_SECRET: 'y'.repeat(32) })
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('UNAUTHENTICATED') as string })
    const nobody = await run(['seed'], { PORT: '9' })
    expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('http://127.0.0.1:9') as string })
  } finally {
    await server.stop()
  }
})

test('a quickstart that brought Redis alone: its notes complete the environment, unless that names another Postgres', async () => {
  const { DATABASE_URL, REDIS_URL } = stack.env as { DATABASE_URL: string; REDIS_URL: string }
  await writeNotes({ databaseUrl: DATABASE_URL, redisUrl: REDIS_URL })
  expect(await run(['reconcile'], { DATABASE_URL })).toMatchObject({ code: 0 })
  const other = await run(['reconcile'], { DATABASE_URL: DATABASE_URL.replace(/[^/]*$/, 'another') })
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining('REDIS_URL: is not set') as string })
})

test('where nothing is known every way to tell is named', async () => {
  const seed = await run(['seed'])
  expect(seed.code).toBe(1)
  for (const way of ['--url', 'PORT', 'HOST', '.env', 'quickstart']) expect(seed.err).toContain(way)
  const unsigned = await run(['demo', 'goals'], { PORT: '9' })
  expect(unsigned.code).toBe(1)
  for (const way of ['--token', 'AUTH_SECRET', '.env', 'quickstart']) expect(unsigned.err).toContain(way)
  const token = await run(['token', '--role', 'admin', '--sub', 'ops'])
  expect(token).toMatchObject({ code: 1, err: expect.stringMatching(/AUTH_SECRET.*\.env.*quickstart/) as string })
  const bad = await run(['seed'], { PORT: 'x' })
  expect(bad).toMatchObject({ code: 1, err: expect.stringContaining('PORT: must be a whole number') as string })
  // A server that names no port has the default one: this one has a secret, so it may be there.
  const unanswered = await run(['seed', '--token', 't'], { AUTH_SECRET: 'x'.repeat(32), HOST: '127.0.0.9' })
  expect(unanswered.err).toContain('http://127.0.0.9:3000')
})

test('--help says where the server is looked for', async () => {
  for (const args of [['seed'], ['demo', 'goals'], ['demo', 'football'], ['demo', 'live'], ['token']]) {
    const { code, out } = await run([...args, '--help'])
    expect([args, code]).toEqual([args, 0])
    for (const word of ['AUTH_SECRET', '.env', 'quickstart']) expect(out).toContain(word)
  }
})
