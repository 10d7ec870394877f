import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StandingsKeys } from '../../src/redis/keys.ts'
import { mastersOf, type RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { submitUntilAnswered } from '../helpers/load.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { flushAll } from '../helpers/test-redis.ts'
import { expectListIsTruth, listOf } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

// A list that takes seconds to build, and what goes wrong in that time. Its copy must never shrink: what is in, is in.

const members = 300_000
const step = 25_000

let stack: Stack
let redis: RedisClient
let admin: Client
let keys: StandingsKeys
beforeAll(async () => {
  stack = await startStack({ nodes: 2, ownPostgres: true, env: { AUDIT_INTERVAL: '0' } })
  redis = stack.redisClient()
  admin = await stack.client()
  await admin.send('POST', '/v1/leaderboards', { id: 'large' })
  await stack.sql`
    with made as (
      insert into standings (leaderboard_no, type, key) select no, 'GLOBAL', '' from leaderboards where id = 'large' returning id
    )
    insert into leaderboard_entries (standings_id, player_id, score, version, tie)
    select id, 'p' || n, ${members} - n, n, n from made, generate_series(0, ${members - 1}::int) n`
  await stack.sql`select setval('submissions_id_seq', ${members})`
  keys = (await listOf(stack, 'large')).keys
  await whole()
}, 300_000)
afterAll(() => stack.stop())

const read = (server = 0) => fetch(`${stack.servers[server]!.url}/v1/leaderboards/large/standings?limit=1`)
const whole = () =>
  eventually(async () => {
    // Whoever reads has it restored, should the server that found it lost be gone.
    const answers = await Promise.all(stack.servers.map((_, server) => read(server).catch(() => null)))
    for (const answer of answers) expect(await answer?.text()).toContain('"source":"redis"')
  }, 240_000)

/**
 * Breaks something whenever another part of the copy is there, and waits until the list is whole. Returns the generations
 * that the copy had, and how often it was smaller than before.
 */
async function breakWhileBuilt(
  rounds: number,
  breaks: (round: number) => Promise<void>,
  /** To be settled before lists are compared. */
  answers: Promise<unknown>[] = [],
) {
  const generations = new Set<string>()
  let [size, shrunk, round] = [0, 0, 0]
  for (; (await redis.exists(keys.list)) === 0; await sleep(5)) {
    void read(1).catch(() => {}) // whoever reads has it restored
    const [now, generation] = await Promise.all([redis.zcard(keys.stagedList), redis.hget(keys.meta, 'b')])
    if (generation === null) continue
    generations.add(generation)
    if (now < size) shrunk += 1
    size = now
    if (round < rounds && size >= (round + 1) * step) await breaks(round++)
  }
  expect(round).toBe(rounds)
  generations.add((await redis.hget(keys.meta, 'g'))!)
  await Promise.all(answers)
  await whole()
  await expectListIsTruth(stack, redis, 'large')
  return { generations: generations.size, shrunk }
}

/** On a busy machine the servers could finish the copy before this process hears that a service is back. */
async function whileServersStand(work: () => Promise<void>): Promise<void> {
  for (const server of stack.servers) server.kill('SIGSTOP')
  await work()
  for (const server of stack.servers) server.kill('SIGCONT')
}

test.each([
  [
    'Redis stalls for longer than hot calls wait',
    () => Promise.all(mastersOf(redis).map((master) => master.client('PAUSE', 1300, 'ALL'))),
  ],
  [
    'connections to Redis are dropped',
    () => Promise.all(mastersOf(redis).map((master) => master.call('CLIENT', 'KILL', 'SKIPME', 'yes'))),
  ],
  [
    'Redis is killed and comes back with its data',
    async () => {
      await stack.redis.kill()
      await sleep(300)
      await whileServersStand(async () => {
        await stack.restartRedis()
        await redis.ping()
      })
    },
  ],
  [
    'Postgres is away for a while',
    async () => {
      await stack.postgres!.stop()
      await sleep(1500)
      await whileServersStand(() => stack.restartPostgres())
    },
  ],
])('%s: a restore goes on where it was', { timeout: 240_000 }, async (what, damage) => {
  await flushAll(redis)
  // Answered while the next thing breaks: a quick machine would have the list whole by then.
  const answers: Promise<unknown>[] = []
  const built = await breakWhileBuilt(
    4,
    async (round) => {
      await damage()
      // A score that comes meanwhile is in it, wherever the copy is.
      const playerId = `p${round * step + 7}`
      const submissionId = `${what.length}-${round}`
      answers.push(submitUntilAnswered(() => admin, 'large', { playerId, score: 2 * members + round, submissionId }))
    },
    answers,
  )
  expect(built).toEqual({ generations: 1, shrunk: 0 })
})

test('Redis comes back without its data: the restore begins anew', { timeout: 240_000 }, async () => {
  await flushAll(redis)
  const built = await breakWhileBuilt(1, async () => {
    await stack.redis.kill()
    for (const folder of stack.redis.dataDirs) await rm(join(folder, 'appendonlydir'), { recursive: true })
    await stack.restartRedis()
  })
  expect(built).toEqual({ generations: 2, shrunk: 1 })
})

test('kill -9 of the servers, one of which builds: others go on with its copy', { timeout: 240_000 }, async () => {
  await flushAll(redis)
  const built = await breakWhileBuilt(1, async () => {
    const killed = stack.servers.splice(0)
    for (const server of killed) server.kill('SIGKILL')
    await Promise.all(killed.map((server) => server.exited))
    await Promise.all(killed.map(() => stack.addServer()))
  })
  expect(built).toEqual({ generations: 1, shrunk: 0 })
})
