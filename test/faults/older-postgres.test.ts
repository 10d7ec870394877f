import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { keepBusy, submitBatchUntilAnswered, submitUntilAnswered } from '../helpers/load.ts'
import { expectReadsRight } from '../helpers/reads.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { expectListIsTruth, ledgerRows } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

const run = promisify(execFile)

let stack: Stack
let redis: RedisClient
let admin: Client
beforeEach(async () => {
  stack = await startStack({ ownPostgres: true, nodes: 2 })
  redis = stack.redisClient()
  admin = await stack.client()
})
afterEach(async () => {
  await stack.stop()
})

async function submit(id: string, from: number, to: number, score: (n: number) => number): Promise<void> {
  const sent = Array.from({ length: to - from }, (_, at) => {
    const n = from + at
    return { playerId: `p${n}`, score: score(n), submissionId: `${from}-${to}-${n}` }
  })
  await submitBatchUntilAnswered(() => admin, id, sent)
}

/** What both nodes read and what Redis holds is the ledger. */
async function expectTruth(id: string): Promise<void> {
  for (const node of [0, 1]) {
    const client = await stack.client('admin', 'tester', node)
    await eventually(async () => {
      const rows = await ledgerRows(stack, id, 'best')
      expect(new Set(await expectReadsRight(client, id, rows))).toEqual(new Set(['redis']))
    })
  }
  await expectListIsTruth(stack, redis, id)
}

/** A database that loses what came after `keep`, while the servers run: answers when both nodes were right about it. */
async function survives(keep: () => Promise<unknown>, putBack: () => Promise<unknown>): Promise<true> {
  await admin.send('POST', '/v1/leaderboards', { id: 'old' })
  await submit('old', 0, 50, (n) => n)
  await expectTruth('old')
  await keep()

  await admin.send('POST', '/v1/leaderboards', { id: 'lost', types: ['GLOBAL', 'DAILY'] })
  await submit('lost', 0, 30, (n) => 10 * n)
  await submit('old', 20, 80, (n) => 1000 - n)
  await expectTruth('old')
  await expectTruth('lost')
  await putBack()

  // Nobody writes: the ranks are those of the older ledger.
  await eventually(async () => expect(await ledgerRows(stack, 'old', 'best')).toHaveLength(50))
  await expectTruth('old')
  await eventually(async () => expect((await admin.get('/v1/leaderboards/lost/standings')).status).toBe(404))

  // What is made now gets the numbers of what was lost, and inherits nothing.
  await eventually(async () => {
    const { status } = await admin.send('POST', '/v1/leaderboards', { id: 'lost', types: ['GLOBAL', 'DAILY'] })
    expect(status).toBe(201)
  })
  await submit('lost', 10, 15, (n) => n)
  await expectTruth('lost')
  const { body } = await admin.get<{ total: number }>('/v1/leaderboards/lost/standings?standings=DAILY')
  expect(body.total).toBe(5)
  await submit('old', 45, 60, (n) => n + 500)
  await expectTruth('old')
  const receipt = await submitUntilAnswered(() => admin, 'old', { playerId: 'p1', score: 9000, submissionId: 'top' })
  expect(receipt.standings[0]).toMatchObject({ rank: 1, total: 60 } satisfies Partial<Receipt['standings'][number]>)
  return true
}

test('the data folder of Postgres is put back to an older copy', { timeout: 120_000 }, async () => {
  const { dataDir } = stack.postgres!
  const [cluster, kept] = [join(dataDir, 'cluster'), join(dataDir, 'kept')]
  const survived = await survives(
    async () => {
      await stack.postgres!.stop()
      await run('cp', ['-a', cluster, kept])
      await stack.restartPostgres()
      await sleep(500)
    },
    async () => {
      await stack.postgres!.kill()
      await rm(cluster, { recursive: true })
      await run('mv', [kept, cluster])
      await stack.restartPostgres()
    },
  )
  expect(survived).toBe(true)
})

/** Locks every table, one after the other, while the servers use them: Postgres may end it, and all of it, as a deadlock. */
async function restore(dump: string, url: string): Promise<void> {
  const restoring = ['--clean', '--if-exists', '--single-transaction', `--dbname=${url}`, dump]
  for (let left = 10; ; left--) {
    try {
      return void (await run('pg_restore', restoring))
    } catch (error) {
      if (left === 0 || !String(error).includes('deadlock detected')) throw error
    }
  }
}

test('a dump is restored into the same database, under load', { timeout: 120_000 }, async () => {
  const url = stack.env['DATABASE_URL']!
  const dump = join(stack.redis.dataDirs[0]!, 'older.dump')
  const survived = await survives(
    () => run('pg_dump', ['--format=custom', `--file=${dump}`, url]),
    async () => {
      const load = keepBusy(4, async (worker, round) => {
        const one = { playerId: `x${worker}`, score: round, submissionId: `x-${worker}-${round}` }
        await admin.submit('lost', one).catch(() => {})
      })
      await restore(dump, url)
      await sleep(300)
      await load.stop()
    },
  )
  expect(survived).toBe(true)
})
