import { setTimeout as sleep } from 'node:timers/promises'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectPool, type Pool } from '../../src/postgres/connection/client.ts'
import { createLog } from '../../src/log.ts'
import { connectRedis, watchConnection, type RedisClient } from '../../src/redis/client.ts'
import { allStandingsKeys, watermarkKey } from '../../src/redis/keys.ts'
import { createListBuilder } from '../../src/redis/list-builder.ts'
import { createListWriter } from '../../src/redis/list-writer.ts'
import { createClient, type Client } from '../helpers/client.ts'
import { expectEveryList } from '../helpers/oracle/every-list.ts'
import { startRedisProxy } from '../helpers/redis-proxy.ts'
import { makeRepairNode } from '../helpers/repair-node.ts'
import type { ServerProcess } from '../helpers/server.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { flushAll, onCluster } from '../helpers/test-redis.ts'
import { eventually } from '../helpers/wait.ts'

// Two servers, and everything that may happen to the lists, in any order: afterwards both serve from Redis what Postgres has.

let stack: Stack
let proxy: Awaited<ReturnType<typeof startRedisProxy>>
let redis: RedisClient
let pool: Pool
let token: string
/** The second one reaches Redis through the proxy. */
let servers: ServerProcess[]
beforeAll(async () => {
  stack = await startStack({ nodes: 0, env: { AUDIT_INTERVAL: '0', PLAYER_SUBMITS_PER_S: '0' } })
  proxy = await startRedisProxy(stack.redis)
  servers = [await stack.addServer(), await stack.addServer({ REDIS_URL: proxy.url })]
  token = await stack.token('admin', 'tester')
  const times = { connectTimeoutMs: 20_000, commandTimeoutMs: 20_000, retryDelayMs: 100, retryAttempts: 10 }
  redis = connectRedis({ url: stack.redis.url, ...times }, createLog({ level: 'silent', pretty: false }))
  const up = new Promise<void>((resolve) => watchConnection(redis, { up: resolve, down: () => {} }))
  await redis.connect()
  await up
  pool = connectPool(stack.env.DATABASE_URL!, {
    name: 'test',
    max: 2,
    connectTimeoutMs: 20_000,
    statementTimeoutMs: 0,
  })
})
afterAll(async () => {
  redis.disconnect()
  await pool.end(1)
  await stack.stop()
  await proxy.close()
})

const node = fc.nat(1)
const board = fc.constantFrom('a', 'b')
const player = fc.constantFrom('p1', 'p2', 'p3', 'p4')
const holes = ['hold', 'forget'] as const
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      node,
      board,
      player,
      score: fc.integer({ min: 1, max: 9 }),
      session: fc.constantFrom('s1', 's2', null),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), node, board, player }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('ban' as const, 'unban' as const), node, player }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), node, player }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('rebuild' as const, 'reconcile' as const), node, board }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rebuild elsewhere' as const), board }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), how: fc.constantFrom(...holes) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heal' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('poison' as const), board, list: fc.nat(2), key: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('make anew' as const), node, board }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(50, 300, 1200) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const clients = () => servers.map((server) => createClient(server.url, token))
const define = (client: Client, id: string) =>
  client.send('POST', '/v1/leaderboards', { id, types: ['GLOBAL', 'SESSION'] })

/** The server behind the proxy dies where it stands, and another one takes its place. */
async function restart(): Promise<void> {
  const [died] = servers.splice(1, 1, servers[0]!)
  if (died === servers[0]) return
  died!.kill('SIGKILL')
  servers[1] = await stack.addServer({ REDIS_URL: proxy.url })
}

/** Another process, with caches of its own, makes the lists of a leaderboard again, as the command line does. */
async function rebuildElsewhere(leaderboard: string): Promise<void> {
  const other = makeRepairNode(pool, { writer: createListWriter(redis), builder: createListBuilder(redis) })
  const found = (await other.leaderboards.list()).find((one) => one.id === leaderboard)
  if (!found) return
  for (const standings of await other.standings.open(found))
    await other.rebuilder.rebuild({ board: found, standings }, 'always')
}

/** Another program's key takes the place of one of ours. */
async function poison(leaderboard: string, list: number, key: number): Promise<void> {
  const rows = await stack.sql<{ no: number; id: string }[]>`
    select l.no, s.id from standings s join leaderboards l on l.no = s.leaderboard_no and l.deleted_at is null
    where l.id = ${leaderboard} order by s.id`
  const row = rows[list % Math.max(rows.length, 1)]
  if (!row) return
  const name = [...allStandingsKeys(row.no, Number(row.id)), watermarkKey(row.no)][key]!
  await redis.unlink(name)
  await (key === 6 ? redis.hset(name, 'x', 'y') : redis.set(name, 'x'))
}

/** One thing happens in the leaderboards of a run. Answers may be refusals, and nobody waits for them. */
async function act(run: string, one: Step): Promise<void> {
  const idOf = (name: string) => `${run}-${name}`
  const client = clients()['node' in one ? one.node : 0]!
  const path = 'player' in one ? `/v1/players/${run}-${one.player}` : ''
  switch (one.do) {
    case 'submit': {
      const session = one.session === null ? {} : { sessionId: one.session }
      return void (await client.submit(idOf(one.board), {
        playerId: `${run}-${one.player}`,
        score: one.score,
        ...session,
      }))
    }
    case 'remove':
      return void (await client.send('DELETE', `/v1/leaderboards/${idOf(one.board)}/players/${run}-${one.player}`))
    case 'ban':
    case 'unban':
      return void (await client.send('POST', `${path}/${one.do}`, { reason: 'model' }))
    case 'erase':
      return void (await client.send('DELETE', path))
    case 'rebuild':
    case 'reconcile':
      return void (await client.send('POST', `/v1/admin/${one.do}`, { leaderboard: idOf(one.board) }))
    case 'rebuild elsewhere':
      return rebuildElsewhere(idOf(one.board))
    case 'cut':
      // The nodes of a Cluster tell every server to go through the proxies.
      if (!onCluster) proxy.blackhole(one.how)
      return
    case 'heal':
      return proxy.heal()
    case 'kill':
      return restart()
    case 'flush':
      return flushAll(redis)
    case 'poison':
      return poison(idOf(one.board), one.list, one.key)
    case 'make anew':
      await client.send('DELETE', `/v1/leaderboards/${idOf(one.board)}`)
      return void (await define(client, idOf(one.board)))
    case 'wait':
      return sleep(one.ms)
  }
}

test(
  'whatever happens, both servers serve from Redis what Postgres has, soon after it is over',
  { timeout: 1_200_000 },
  async () => {
    let made = 0
    const steps = fc.array(step, { minLength: 10, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const run = `run-${++made}`
        for (const name of ['a', 'b']) expect((await define(clients()[0]!, `${run}-${name}`)).status).toBe(201)
        const begun: Promise<void>[] = []
        for (const one of list) {
          const done = act(run, one)
          begun.push(done)
          done.catch(() => {}) // refused, say, or cut off
          // What was begun goes on while the next thing happens.
          await (one.do === 'wait' ? done : sleep(20))
        }
        proxy.heal()
        await Promise.allSettled(begun)
        for (const client of clients())
          for (const name of ['a', 'b'])
            await eventually(() => expectEveryList(stack, client, `${run}-${name}`), 60_000)
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 8), endOnFailure: true },
    )
  },
)
