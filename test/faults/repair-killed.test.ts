import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import type { DriftRuns, Reconciled } from '../../src/contract/repair.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { keepBusy, submitUntilAnswered } from '../helpers/load.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { flushAll } from '../helpers/test-redis.ts'
import { expectListIsTruth, listOf } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

const members = 60_000
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

let stack: Stack
let redis: RedisClient
let admin: Client
beforeAll(async () => {
  stack = await startStack({ env: { AUDIT_INTERVAL: '0' } })
  redis = stack.redisClient()
  admin = await stack.client()
  await admin.send('POST', '/v1/leaderboards', { id: 'big' })
  await stack.sql`
    with made as (
      insert into standings (leaderboard_no, type, key) select no, 'GLOBAL', '' from leaderboards where id = 'big' returning id
    )
    insert into leaderboard_entries (standings_id, player_id, score, version, tie)
    select id, 'p' || n, ${members} - n, n, n from made, generate_series(0, ${members - 1}::int) n`
  await stack.sql`select setval('submissions_id_seq', ${members})`
})
afterAll(() => stack.stop())

/** A command of ours that is killed when it has shown that it works on rows; returns whether it was. */
async function killAtWork(command: string[], progress: RegExp): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...command], {
    env: { PATH: process.env['PATH'], ...stack.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = once(child, 'exit')
  child.stdout.on('data', (chunk: Buffer) => {
    if (progress.test(chunk.toString())) child.kill('SIGKILL')
  })
  const [code] = (await exited) as [number | null]
  return code === null
}

const scopes = ['--leaderboard', 'big', '--standings', 'GLOBAL']
test.each([
  ['a rebuild of a list that is served', ['rebuild', ...scopes], async () => {}],
  ['a rebuild of a list that is lost', ['rebuild', ...scopes], () => flushAll(redis)],
  ['an audit', ['reconcile', ...scopes], async () => {}],
])(
  'kill -9 in the middle of %s: nothing half-built is read, and the next one starts clean',
  { timeout: 180_000 },
  async (what, command, damage) => {
    const path = '/v1/leaderboards/big'
    await eventually(async () => expect((await admin.get<Page>(`${path}/standings?limit=1`)).body.source).toBe('redis'))
    const { keys } = await listOf(stack, 'big')
    const readers = keepBusy(2, async () => {
      const { status, body } = await admin.get<Page>(`${path}/standings?limit=3&offset=${members - 3}`)
      // Postgres may be too busy to answer in Redis's stead: then it says so.
      if (status === 503) return
      expect(body).toMatchObject({
        total: members,
        rows: [{ rank: members - 2 }, { rank: members - 1 }, { rank: members }],
      })
      await sleep(5)
    })
    // Their scores move nobody that is read.
    const writers = keepBusy(2, async (worker, round) => {
      const one = {
        playerId: `p${worker}`,
        score: 2 * members + round,
        submissionId: `${what.length}-${worker}-${round}`,
      }
      await submitUntilAnswered(() => admin, 'big', one)
      await sleep(10)
    })
    let killed = 0
    for (const tenth of [1, 4, 8]) {
      await damage()
      if (await killAtWork(command, new RegExp(`rows +${tenth}0%`))) killed += 1
    }
    expect(killed).toBeGreaterThan(0)

    await eventually(async () =>
      expect(await admin.send('POST', '/v1/admin/rebuild', { leaderboard: 'big' })).toMatchObject({
        status: 200,
        body: { rebuilt: ['big/GLOBAL'], rows: members },
      }),
    )
    await writers.stop()
    await readers.stop()
    await expectListIsTruth(stack, redis, 'big')
    expect(await redis.exists(keys.stagedList, keys.stagedVersions)).toBe(0)
    const { body } = await admin.send<Reconciled>('POST', '/v1/admin/reconcile', { leaderboard: 'big' })
    expect(body).toMatchObject({ checked: members, missing: 0, stale: 0, extra: 0 })
    const { runs } = (await admin.get<DriftRuns>('/v1/admin/drift')).body
    expect(runs.filter((run) => run.finishedAt === null).length).toBeGreaterThan(0)
  },
)

test('a copy that a dead builder left beside a list that is served is thrown away by the next audit', async () => {
  const { keys } = await listOf(stack, 'big')
  while (!(await killAtWork(['rebuild', ...scopes], /rows +10%/)) || (await redis.exists(keys.stagedList)) === 0);
  await admin.submit('big', { playerId: 'p7', score: 5 * members })
  await sleep(5500) // then the builder counts as dead
  expect(await redis.exists(keys.stagedList)).toBe(1)
  const { body } = await admin.send<Reconciled>('POST', '/v1/admin/reconcile', { leaderboard: 'big' })
  expect(body).toMatchObject({ missing: 0, stale: 0, extra: 0 })
  expect(await redis.exists(keys.stagedList, keys.stagedVersions)).toBe(0)
  await expectListIsTruth(stack, redis, 'big')
})
