import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import { follow, type Follower } from '../helpers/follower.ts'
import { keepBusy, submitBatchUntilAnswered } from '../helpers/load.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// LIVE_CLIENTS=300 LIVE_ROUNDS=6 LIVE_PER_S=2000 is the whole of it: a node is killed every 10 s for a minute.
const clients = Number(process.env['LIVE_CLIENTS'] ?? 60)
const rounds = Number(process.env['LIVE_ROUNDS'] ?? 2)
const perSecond = Number(process.env['LIVE_PER_S'] ?? 600)
const roundMs = Number(process.env['LIVE_ROUND_MS'] ?? (rounds > 2 ? 10_000 : 5000))

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ nodes: 3 })
})
afterAll(async () => stack.stop())

const alive = () => stack.servers.filter((server) => !dead.has(server.pid))
const dead = new Set<number>()
const anyUrl = () => alive()[Math.floor(Math.random() * alive().length)]!.url

test(
  'three nodes, one of them killed again and again: every client ends with the list, and no position has two contents',
  async () => {
    const admin = await stack.client()
    const where = { leaderboard: 'crowd' }
    await admin.send('POST', '/v1/leaderboards', { id: 'crowd', operator: 'sum', tickMs: 100 })
    const followers = await Promise.all(Array.from({ length: clients }, async () => follow(anyUrl(), where)))

    const batch = perSecond > 1000 ? 100 : 20
    const workers = 8
    const client = async () =>
      stack.client('admin', 'load', stack.servers.indexOf(alive()[Math.floor(Math.random() * alive().length)]!))
    let current = await client()
    const began = Date.now()
    const load = keepBusy(workers, async (worker, round) => {
      const started = Date.now()
      const sent = Array.from({ length: batch }, (_, n) => ({
        playerId: `p${(worker * 131 + round * 17 + n * 7) % 400}`,
        score: ((worker + round + n) % 9) - 3,
        submissionId: `${worker}-${round}-${n}`,
      }))
      await submitBatchUntilAnswered(() => current, 'crowd', sent)
      await sleep(Math.max(0, (batch * workers * 1000) / perSecond - (Date.now() - started)))
    })
    // Some go away and come back by themselves all the time.
    const stopping = new AbortController()
    const restless = followers.slice(0, Math.ceil(clients / 10)).map(async (follower) => {
      while (!stopping.signal.aborted) {
        await sleep(500 + Math.random() * 2000)
        await follower.move(anyUrl()).catch(() => {})
      }
    })
    // Others read nothing for seconds.
    const slow = followers.slice(-Math.ceil(clients / 10)).map(async (follower) => {
      while (!stopping.signal.aborted) {
        const readAgain = follower.socket.connected ? follower.pause() : () => {}
        await sleep(1000 + Math.random() * 3000)
        readAgain()
        await sleep(1000)
      }
    })
    const reconnecting = setInterval(() => {
      for (const follower of followers) if (!follower.socket.connected) void follower.move(anyUrl()).catch(() => {})
    }, 200)

    for (let round = 0; round < rounds; round++) {
      await sleep(roundMs)
      const victim = alive()[round % 3]!
      dead.add(victim.pid)
      victim.kill('SIGKILL')
      current = await client()
      await stack.addServer()
      current = await client()
    }
    await sleep(2000)
    await load.stop()
    const seconds = (Date.now() - began) / 1000
    stopping.abort()
    await Promise.all([...restless, ...slow])

    const truth = await (async () => {
      const http = await client()
      return async () => (await http.get<Page>('/v1/leaderboards/crowd/standings?limit=100')).body
    })()
    await eventually(async () => {
      const { rows, source } = await truth()
      expect(source).toBe('redis')
      const expected = rows.map(({ playerId, displayName, score }) => ({ playerId, displayName, score }))
      for (const follower of followers) expect(follower.rows()).toEqual(expected)
    }, 20_000)
    clearInterval(reconnecting)
    const [ledger] = await stack.sql<{ n: number }[]>`select count(*)::int as n from submissions`
    process.stderr.write(`${clients} clients, ${ledger!.n} submissions in ${seconds} s, ${rounds} nodes killed\n`)
    expect(followers.flatMap((follower) => follower.faults)).toEqual([])
    expectOneContentEach(followers)
    followers.forEach((follower) => follower.close())
  },
  rounds * 20_000 + 120_000,
)

function expectOneContentEach(followers: Follower[]): void {
  const contents = new Map<string, Set<string>>()
  let deltas = 0
  for (const { messages } of followers)
    for (const { event, payload } of messages) {
      if (event !== 'standings:delta') continue
      const { epoch, seq } = payload as { epoch: number; seq: number }
      const position = `${epoch}/${seq}`
      contents.set(position, (contents.get(position) ?? new Set()).add(JSON.stringify(payload)))
      deltas++
    }
  expect([...contents].filter(([, texts]) => texts.size > 1)).toEqual([])
  expect(deltas).toBeGreaterThan(contents.size)
}
