import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, inject, test } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import { isAlive } from '../../src/embedded/server-process.ts'
import { createClient } from '../helpers/client.ts'
import { processesIn } from '../helpers/processes.ts'
import { run, runWell, shellEnvironment } from '../helpers/run.ts'
import { eventually } from '../helpers/wait.ts'

const project = inject('project')
const rankpulse = (...args: string[]) => run(join(project, 'node_modules/.bin/rankpulse'), args, project)

/** The private servers, which work in the user's folder, and more nodes, which work in the package's. */
const servers = () => ['.data', 'node_modules/rankpulse'].flatMap((folder) => processesIn(join(project, folder)))

let child: ChildProcess | undefined
afterAll(async () => {
  child?.kill('SIGKILL')
  await eventually(() => assert.deepEqual(servers(), []))
})

test('the command line says what to run here', async () => {
  expect((await rankpulse('--help')).stdout).toContain('node_modules/rankpulse/.env.example lists every variable')
  const { version } = JSON.parse(
    await readFile(join(project, 'node_modules/rankpulse/package.json'), 'utf8'),
  ) as Record<string, string>
  expect((await rankpulse('--version')).stdout).toBe(`${version}\n`)
  const serve = await rankpulse('serve')
  expect(serve.code).toBe(1)
  expect(serve.stderr).toContain('DATABASE_URL: is not set')
  for (const { code, stderr } of [
    serve,
    await rankpulse('token', '--role', 'admin', '--sub', 'ops'),
    await rankpulse('demo', 'goals'),
  ]) {
    expect(code).toBe(1)
    expect(stderr).toContain('`npx rankpulse quickstart`')
  }
  expect((await rankpulse('demo', 'live', '--help')).stdout).toContain('usage: npx rankpulse demo live [options]')
  expect((await rankpulse('doctor')).stdout).toContain('-> npx rankpulse quickstart, or set DATABASE_URL')
  expect((await rankpulse('db-check')).stderr).toContain("unknown command 'db-check'")
})

test('quickstart serves from it, demos fill it, and nothing is left of it', async () => {
  const started = spawn('npx', ['rankpulse', 'quickstart', '--port', '0', '--nodes', '2'], {
    cwd: project,
    env: shellEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child = started
  const exited = once(started, 'exit')
  const output: string[] = []
  started.stderr.on('data', (text: Buffer) => output.push(String(text)))
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: started.stdout }).on('line', (line) => {
      output.push(line)
      if (line.startsWith('Ctrl-C stops the server')) resolve()
    })
    started.once('exit', (code) => reject(new Error(`quickstart exited with ${code}:\n${output.join('\n')}`)))
  })
  const welcome = output.join('\n')
  expect(welcome).toContain('npx rankpulse token --role admin --sub ops')
  expect(welcome).toContain('(from this folder):')
  expect(welcome).not.toContain('npm run')
  // Its data are where the user is.
  const state = JSON.parse(await readFile(join(project, '.data/quickstart.json'), 'utf8')) as {
    url: string
    pid: number
  }

  const page = await (await fetch(state.url)).text()
  const parts = page.match(/\/assets\/[\w.-]+/g) ?? []
  expect(parts.length).toBeGreaterThan(1)
  for (const path of [...parts, '/docs', '/docs/swagger-ui-bundle.js', '/sdk/rankpulse.js'])
    expect([path, (await fetch(state.url + path)).status]).toEqual([path, 200])

  expect(servers().length).toBeGreaterThan(2)
  const token = await runWell('npx', ['rankpulse', 'token', '--role', 'admin', '--sub', 'ops'], project)
  const client = createClient(state.url, token.trim())
  const receipt = await client.submit<object>('demo', { playerId: 'ada', score: 7 })
  expect(receipt.body).toMatchObject({ applied: true, degraded: false })
  const other = createClient(/^Another node: (\S+)/m.exec(welcome)![1]!, null)
  const standings = await other.get<Page>('/v1/leaderboards/demo/standings')
  expect(standings.body.rows).toMatchObject([{ playerId: 'ada', score: 7, rank: 1 }])

  for (const args of [['demo', 'goals', '--limit', '50'], ['demo', 'football', '--limit', '5'], ['seed'], ['doctor']]) {
    const { code, stdout, stderr } = await rankpulse(...args)
    expect([args, code, stderr]).toEqual([args, 0, ''])
    expect(stdout).not.toContain('npm run')
  }
  const goals = await client.get<Page>('/v1/leaderboards/goals/standings')
  expect(goals.body.total).toBeGreaterThan(0)

  process.kill(state.pid, 'SIGTERM')
  await exited
  await eventually(() => expect(servers()).toEqual([]))
  expect(isAlive(state.pid)).toBe(false)
  await expect(fetch(state.url)).rejects.toThrow('fetch failed')
})
