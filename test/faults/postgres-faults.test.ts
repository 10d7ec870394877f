import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BatchResult, Receipt } from '../../src/contract/submission.ts'
import type { RedisClient } from '../../src/redis/open.ts'
import { lockPlayers } from '../helpers/lock-players.ts'
import type { Client } from '../helpers/client.ts'
import { keepBusy, submitBatchUntilAnswered, submitUntilAnswered } from '../helpers/load.ts'
import { expectReadsRight } from '../helpers/reads.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { errorLines, expectInLedger, expectListIsTruth, ledgerRows } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let redis: RedisClient
let admin: Client
beforeAll(async () => {
  stack = await startStack({ ownPostgres: true })
  redis = stack.redisClient()
  admin = await stack.client()
})
afterAll(() => stack.stop())

/** Keeps a sum board of 20 players busy with singles and batches; `stop` then expects every receipt in the ledger, once. */
async function loadBoard(id: string) {
  await admin.send('POST', '/v1/leaderboards', { id, operator: 'sum' })
  const receipts: Receipt[] = []
  let sent = 0
  const load = keepBusy(8, async (worker, round) => {
    const size = round % 4 === 3 ? 10 : 1
    const batch = Array.from({ length: size }, (_, index) => ({
      playerId: `p${(worker * 3 + round * 7 + index) % 20}`,
      score: 1 + ((round + index) % 9),
      submissionId: `${worker}-${round}-${index}`,
    }))
    sent += size
    if (size > 1) receipts.push(...(await submitBatchUntilAnswered(() => admin, id, batch)))
    else receipts.push(await submitUntilAnswered(() => admin, id, batch[0]!))
    await sleep(2)
  })
  return {
    receipts,
    async stop() {
      await load.stop()
      expect(receipts).toHaveLength(sent)
      await expectInLedger(stack, receipts)
      const [count] = await stack.sql<{ n: number }[]>`
        select count(*)::int as n from submissions s join leaderboards l on l.no = s.leaderboard_no where l.id = ${id}`
      expect(count!.n).toBe(sent)
      const rows = await ledgerRows(stack, id, 'sum')
      await eventually(async () => {
        const sources = await expectReadsRight(admin, id, rows)
        expect(new Set(sources)).toEqual(new Set(['redis']))
      })
      await expectListIsTruth(stack, redis, id)
    },
  }
}

/** The process of the first server has survived all of it, and complained of nothing that it could not mend. */
function expectHealthyServer(): void {
  process.kill(stack.servers[0]!.pid, 0)
  expect(errorLines(stack.servers[0]!.logs)).toEqual([])
}

test('Postgres killed under load, again and again: the process lives, every score counts once', async () => {
  const load = await loadBoard('killed')
  for (let kill = 0; kill < 4; kill++) {
    await sleep(500 + Math.random() * 500)
    const before = load.receipts.length
    await stack.postgres!.kill()
    await stack.restartPostgres()
    await eventually(() => expect(load.receipts.length).toBeGreaterThan(before))
  }
  await load.stop()
  expectHealthyServer()
})

test('connections cut while they commit: what was committed and not answered is found again', async () => {
  const load = await loadBoard('cut')
  let cut = 0
  for (let round = 0; round < 40; round++) {
    await sleep(20 + Math.random() * 80)
    // Every fourth time all of the server's connections, else those that commit.
    const rows = await stack.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like ${round % 4 === 0 ? 'rankpulse-%' : 'rankpulse-lane-%'}`
    cut += rows.length
  }
  expect(cut).toBeGreaterThan(0)
  await load.stop()
  expectHealthyServer()
})

test('a row that Postgres refuses fails alone', async () => {
  await admin.send('POST', '/v1/leaderboards', { id: 'picky' })
  await stack.sql`alter table submissions add constraint test_refused check (player_id not like 'bad%')`
  const submissions = Array.from({ length: 100 }, (_, at) => ({
    playerId: at % 33 === 5 ? `bad${at}` : `good${at}`,
    score: at,
    submissionId: `s${at}`,
  }))
  const { status, body } = await admin.send<BatchResult>('POST', '/v1/leaderboards/picky/scores/batch', { submissions })
  await stack.sql`alter table submissions drop constraint test_refused`
  expect(status).toBe(200)
  const refused = body.receipts.filter((one) => 'error' in one)
  expect(refused.map((one) => one.submissionId)).toEqual(['s5', 's38', 's71'])
  for (const one of refused) expect(one).toMatchObject({ error: { code: 'VALIDATION', retryable: false } })
  const receipts = body.receipts.flatMap((one) => ('error' in one ? [] : [one]))
  await expectInLedger(stack, receipts)
  const rows = await ledgerRows(stack, 'picky', 'best')
  expect(rows).toHaveLength(97)
  await expectReadsRight(admin, 'picky', rows)
  // Nothing of it stuck: the same ids are taken once the row may be stored.
  const again = await submitUntilAnswered(() => admin, 'picky', submissions[5]!)
  expect(again).toMatchObject({ duplicate: false, applied: true })
  stack.servers[0]!.logs.length = 0 // it did complain of the refused rows, as it should
})

test('a deadlock is tried again, and nobody hears of it', async () => {
  await admin.send('POST', '/v1/leaderboards', { id: 'tangled', operator: 'sum' })
  const players = Array.from({ length: 12 }, (_, at) => `t${at}`.padStart(4, '0'))
  const first = players.map((playerId) => ({ playerId, score: 1, submissionId: `${playerId}-0` }))
  await submitBatchUntilAnswered(() => admin, 'tangled', first)
  const deadlocks = async () => {
    const [row] = await stack.sql<{ n: number }[]>`
      select deadlocks::int as n from pg_stat_database where datname = current_database()`
    return row!.n
  }
  const before = await deadlocks()
  const sorted = players.toSorted()
  for (let round = 1; round <= 2; round++) {
    const batch = players.map((playerId) => ({ playerId, score: round, submissionId: `${playerId}-${round}` }))
    const answers = await stack.sql.begin(async (tx) => {
      // The server's transactions look for a deadlock first, so theirs is the one that Postgres ends.
      await tx`set local deadlock_timeout = '30s'`
      await lockPlayers(tx, [sorted.at(-1)!])
      await lockPlayers(tx, [sorted.at(-2)!])
      const sending = submitBatchUntilAnswered(() => admin, 'tangled', batch)
      await eventually(async () => {
        const waiting = await stack.sql`
          select 1 from pg_stat_activity where application_name like 'rankpulse-lane-%' and wait_event_type = 'Lock'`
        expect(waiting.length).toBeGreaterThan(0)
      })
      await tx`select 1 from players where id = any(${sorted}) order by id desc for update`
      return { sending }
    })
    const receipts = await answers.sending
    expect(receipts.map((one) => one.duplicate)).toEqual(receipts.map(() => false))
    await expectInLedger(stack, receipts)
  }
  await eventually(async () => expect(await deadlocks()).toBeGreaterThan(before))
  const rows = await ledgerRows(stack, 'tangled', 'sum')
  expect(rows.map((row) => row.score)).toEqual(players.map(() => 1 + 1 + 2))
  await expectReadsRight(admin, 'tangled', rows)
  expectHealthyServer()
})
