import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import type { Page } from '../../src/contract/reads.ts'
import { installPackages } from '../../src/embedded/package-manager.ts'
import { engines } from '../helpers/engines.ts'
import { follow } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'
import { createModelRoom } from '../unit/client/model-room.ts'
import { serveRooms, startModelServer } from '../unit/client/model-server.ts'

// Debian's own interpreter: another one on the PATH does not see Debian's packages.
const python = '/usr/bin/python3'
const script = fileURLToPath(new URL('../helpers/foreign_follower.py', import.meta.url))

beforeAll(() => {
  const present = () => spawnSync(python, ['-c', 'import socketio, websocket'], { stdio: 'ignore' }).status === 0
  if (present()) return
  const packages = ['python3-socketio', 'python3-websocket']
  installPackages(
    { apt: packages, brew: [] },
    'python-socketio missing',
    (line) => void process.stderr.write(`${line}\n`),
  )
  if (!present()) throw new Error(`python-socketio missing: install ${packages.join(' and ')}`)
}, 300_000)

test('the test vectors of the page come out in Python, too', () => {
  const vectors = fileURLToPath(new URL('../../docs/protocol-vectors.json', import.meta.url))
  const { stdout, stderr } = spawnSync(python, [script, '--vectors', vectors], { encoding: 'utf8' })
  expect([stdout.trim(), stderr]).toEqual(['[]', ''])
})

interface Held {
  epoch: number
  seq: number
  rows: object[]
  total: number
  sums: number
}

/** Follows with Python; `ask` tells what it holds. */
async function startPython(url: string, leaderboard: string) {
  const child = spawn(python, [script, url, leaderboard], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('joined')
  return {
    async ask() {
      child.stdin.write('\n')
      return JSON.parse((await lines.next()).value as string) as Held
    },
    async stop() {
      const exit = once(child, 'exit')
      child.kill()
      await exit
    },
  }
}

test('a server that went back is followed, by the SDK and by those who go by the text of the protocol', async () => {
  const server = await startModelServer()
  const room = createModelRoom(3)
  room.begin()
  serveRooms(server, [room])
  const foreign = await startPython(server.url, 'arena')
  const follower = await follow(server.url, { leaderboard: 'arena' })
  const client = createClient(server.url)
  const standings = client.joinStandings({ leaderboard: 'arena' }, () => {})
  try {
    await eventually(() => expect(standings.view()).toMatchObject({ state: 'live', epoch: 2 }))
    expect([(await foreign.ask()).epoch, follower.position().epoch]).toEqual([2, 2])
    room.submit('a', 1)
    server.io.to('arena/GLOBAL').emit('standings:reset', room.begin(-1))
    await eventually(async () => {
      server.io.to('arena/GLOBAL').emit('standings:head', room.head())
      const rows = [{ playerId: 'a', displayName: 'a', score: 1 }]
      expect(await foreign.ask()).toMatchObject({ epoch: 0, rows, sums: 0 })
      expect(follower.rows()).toMatchObject(rows)
      expect([follower.position().epoch, follower.faults]).toEqual([0, []])
      expect(standings.view()).toMatchObject({ state: 'live', epoch: 0, rows })
    })
  } finally {
    client.close()
    follower.close()
    await foreign.stop()
    await server.stop()
  }
})

describe.each(engines)('python-socketio on %s', (transport) => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ transport })
  })
  afterAll(async () => stack.stop())

  test('follows a room by the text of the protocol and ends with the list', async () => {
    const admin = await stack.client()
    await admin.send('POST', '/v1/leaderboards', { id: 'py', operator: 'sum', tickMs: 50, decimals: 1, liveLimit: 20 })
    await admin.submit('py', { playerId: 'p0', score: 0.1 })
    const { ask, stop } = await startPython(stack.url, 'py')
    try {
      for (let burst = 0; burst < 8; burst++) {
        const { seq } = await ask()
        for (let round = burst * 5; round < burst * 5 + 5; round++) {
          const submissions = Array.from({ length: 10 }, (_, n) => ({
            playerId: `p${(round * 7 + n * 3) % 50}`,
            score: ((round * 13 + n * 5) % 90) / 10 - 2,
          }))
          await admin.send('POST', '/v1/leaderboards/py/scores/batch', { submissions })
        }
        // A fast server would fit all of them into a few ticks.
        await eventually(async () => expect((await ask()).seq).toBeGreaterThan(seq))
      }
      await eventually(async () => {
        const held = await ask()
        const { rows, total } = (await admin.get<Page>('/v1/leaderboards/py/standings?limit=20')).body
        expect(held.rows).toEqual(rows.map(({ playerId, displayName, score }) => ({ playerId, displayName, score })))
        expect(held).toMatchObject({ total, sums: 0 })
        expect(held.seq).toBeGreaterThan(5)
      })
    } finally {
      await stop()
    }
  })
})
