import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StandingsKeys } from '../../src/redis/keys.ts'
import { mastersOf, type RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { submitUntilAnswered } from '../helpers/load.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { connectTestRedis, flushAll } from '../helpers/test-redis.ts'
import { expectListIsTruth, listOf } from '../helpers/truth.ts'
import { eventually } from '../helpers/wait.ts'

// A list that takes seconds to build, and what goes wrong in that time. Its copy must never shrink: what is in, is in.

const members = 150_000
const step = 25_000

let stack: Stack
let redis: RedisClient
let admin: Client
let keys: StandingsKeys
beforeAll(async () => {
  stack = await startStack({ nodes: 2, ownPostgres: true, env: { AUDIT_INTERVAL: '0' } })
  redis = connectTestRedis(stack.redis.url)
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
}, 120_000)
afterAll(async () => {
  redis.disconnect()
  await stack.stop()
})

const read = (server = 0) => fetch(`${stack.servers[server]!.url}/v1/leaderboards/large/standings?limit=1`)
const whole = () =>
  eventually(async () => {
    // Whoever reads has it restored, should the server that found it lost be gone.
    const answers = await Promise.all(stack.servers.map((_, server) => read(server).catch(() => null)))
    for (const answer of answers) expect(await answer?.text()).toContain('"source":"redis"')
  }, 120_000)

/** Breaks something whenever another part of the copy is there; answers its sizes, and the generations that it had. */
async function breakWhileBuilt(breaks: (round: number) => Promise<void>, rounds = 5) {
  const sizes: number[] = []
  const generations = new Set<string | null>()
  for (let round = 0; round < rounds; round++) {
    for (;;) {
      void read(1).catch(() => {})
      const size = await redis.zcard(keys.stagedList)
      if (size > 0) generations.add(await redis.hget(keys.meta, 'b'))
      if (size > 0 && (sizes.at(-1) ?? 0) > size) throw new Error(`the copy shrank from ${sizes.at(-1)} to ${size}`)
      if (size > 0) sizes.push(size)
      if (size >= (round + 1) * step || (await redis.exists(keys.list)) === 1) break
      await sleep(5)
    }
    await breaks(round)
  }
  await whole()
  generations.delete(null) // it was done between two looks
  expect(sizes.length).toBeGreaterThan(rounds)
  return { sizes, generations: [...generations, await redis.hget(keys.meta, 'g')] }
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
      await stack.restartRedis()
    },
  ],
  [
    'Postgres is away for a while',
    async () => {
      await stack.postgres!.stop()
      await sleep(1500)
      await stack.restartPostgres()
    },
  ],
])('%s: a restore goes on where it was', { timeout: 240_000 }, async (_, damage) => {
  await flushAll(redis)
  const { generations } = await breakWhileBuilt(async (round) => {
    await damage()
    // A score that comes meanwhile is in it, wherever the copy is.
    await submitUntilAnswered(() => admin, 'large', {
      playerId: `p${round * step + 7}`,
      score: 2 * members + round,
      submissionId: `${_.length}-${round}`,
    })
  }, 4)
  expect(new Set(generations).size).toBe(1)
  await expectListIsTruth(stack, redis, 'large')
})

test('Redis comes back without its data: the restore begins anew', { timeout: 240_000 }, async () => {
  await flushAll(redis)
  await breakWhileBuilt(async (round) => {
    if (round > 0) return
    await stack.redis.kill()
    for (const folder of stack.redis.dataDirs) await rm(join(folder, 'appendonlydir'), { recursive: true })
    await stack.restartRedis()
  }, 1)
  await expectListIsTruth(stack, redis, 'large')
})

test('kill -9 of the server that builds: another one goes on with its copy', { timeout: 240_000 }, async () => {
  await flushAll(redis)
  let builder = -1
  const { generations } = await breakWhileBuilt(async () => {
    const building = await Promise.all(
      stack.servers.map(async ({ url }) => {
        const { rebuilding } = (await (await fetch(`${url}/health`)).json()) as { rebuilding: string[] }
        return rebuilding.includes('large/GLOBAL')
      }),
    )
    builder = building.indexOf(true)
    const server = stack.servers[builder]!
    server.kill('SIGKILL')
    await server.exited
    stack.servers.splice(builder, 1)
    await stack.addServer()
  }, 1)
  expect(builder).not.toBe(-1)
  expect(new Set(generations).size).toBe(1)
  await expectListIsTruth(stack, redis, 'large')
})
