import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import type { Receipt } from '../../src/contract/submission.ts'
import { signToken } from '../../src/auth/tokens.ts'
import { createClient, type Client } from '../helpers/client.ts'
import { processesIn } from '../helpers/processes.ts'
import { eventually } from '../helpers/wait.ts'
import { onCluster } from '../helpers/test-redis.ts'

beforeEach(({ skip }) => skip(onCluster, 'quickstart brings one Redis of its own'))

const root = fileURLToPath(new URL('../..', import.meta.url))
const running: ChildProcess[] = []
const folders: string[] = []
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) {
    await gone(folder)
    await rm(folder, { recursive: true, force: true })
  }
})

interface Started {
  child: ChildProcess
  client: Client
  output: string[]
}

async function start(command: string, args: string[], folder: string): Promise<Started> {
  const child = spawn(command, [...args, '--port', '0', '--data-dir', folder], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  const output: string[] = []
  child.stderr.on('data', (text: Buffer) => output.push(String(text)))
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line)
      if (line.includes('http://127.0.0.1:')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`quickstart exited with ${code}:\n${output.join('\n')}`)))
  })
  const state = JSON.parse(await readFile(join(folder, 'quickstart.json'), 'utf8')) as {
    url: string
    authSecret: string
  }
  const token = await signToken({ role: 'admin', sub: 'ops', ttlSeconds: 600, secret: state.authSecret })
  return { child, client: createClient(state.url, token), output }
}

async function gone(folder: string): Promise<void> {
  for (let attempt = 0; processesIn(folder).length > 0 && attempt < 300; attempt++)
    await new Promise((resolve) => setTimeout(resolve, 100))
}

test.each([
  ['the process', process.execPath, ['--import', 'tsx', 'src/main.ts', 'quickstart']],
  ['the npm that started it', 'npm', ['run', 'quickstart', '--']],
])('kill -9 of %s leaves no server behind, and starting again loses nothing', async (_, command, args) => {
  const folder = await mkdtemp(join(tmpdir(), 'rankpulse-quickstart-'))
  folders.push(folder)
  const first = await start(command, args, folder)
  const receipt = await first.client.submit<Receipt>('demo', { playerId: 'ada', score: 7, submissionId: 'first' })
  expect(receipt.body).toMatchObject({ applied: true, degraded: false })
  expect(processesIn(folder).length).toBeGreaterThan(0)

  const exit = once(first.child, 'exit')
  first.child.kill('SIGKILL')
  await exit
  await gone(folder)
  expect(processesIn(folder)).toEqual([])

  const second = await start(command, args, folder)
  const again = await second.client.submit<Receipt>('demo', { playerId: 'ada', score: 7, submissionId: 'first' })
  expect(again.body).toMatchObject({
    duplicate: true,
    standings: [{ standings: 'GLOBAL', score: 7, rank: 1, total: 1 }, {}, {}],
  })
  const page = await second.client.get<Page>('/v1/leaderboards/demo/standings')
  expect(page.body.rows).toMatchObject([{ playerId: 'ada', score: 7, rank: 1 }])
})

test('--nodes starts more servers over the same data, and all of them end with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rankpulse-quickstart-'))
  folders.push(folder)
  const args = ['--import', 'tsx', 'src/main.ts', 'quickstart', '--nodes', '3']
  const { child, client, output } = await start(process.execPath, args, folder)
  await eventually(() => expect(output.filter((line) => line.startsWith('Another node:'))).toHaveLength(2))
  const others = output.flatMap((line) => /^Another node: (\S+)/.exec(line)?.[1] ?? [])
  await client.submit('demo', { playerId: 'ada', score: 7 })
  for (const url of others) {
    const page = await createClient(url, null).get<Page>('/v1/leaderboards/demo/standings')
    expect(page.body.rows).toMatchObject([{ playerId: 'ada', score: 7, rank: 1 }])
  }
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
  await eventually(async () => {
    for (const url of others) await expect(fetch(url)).rejects.toThrow('fetch failed')
  })
})
