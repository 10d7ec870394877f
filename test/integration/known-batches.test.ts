import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import type { Committed, Ledger } from '../../src/actions/ports/ledger.ts'
import { createLog } from '../../src/log.ts'
import { connectPool, keyedAccess, type Pool } from '../../src/postgres/connection/client.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { writeChanges } from '../../src/postgres/ledger/entry-changes.ts'
import { inTransaction } from '../../src/postgres/connection/transaction.ts'
import { createLedger } from '../../src/postgres/ledger/ledger.ts'
import { lockPlayers } from '../../src/postgres/ledger/player-locks.ts'
import { createPersonStore } from '../../src/postgres/players/persons.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import type { Leaderboard } from '../../src/ranking/leaderboard.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { makeLeaderboard, makeLedgerItem } from '../helpers/leaderboards.ts'
import { eventually } from '../helpers/wait.ts'

// Batches that are folded over what a lane remembers of its own transactions, where that holds and where it does not:
// two ledgers, as of two servers, over one database that the tests also change behind their backs.

const log = createLog({ level: 'warn', pretty: false })
let database: Awaited<ReturnType<typeof cloneDatabase>>
let cold: Pool
let ledgers: (Ledger & { stop(): Promise<void> })[]
let boards = 0
let submissions = 0

const times = { connectTimeoutMs: 20_000, statementTimeoutMs: 0 }

beforeAll(async () => {
  database = await cloneDatabase(inject('postgresUrl'))
  cold = connectPool(database.url, { name: 'cold', max: 4, ...times, settings: keyedAccess })
  await cold.sql.unsafe(`alter database "${new URL(database.url).pathname.slice(1)}" set track_functions = 'pl'`)
})
afterAll(async () => {
  await cold.end(1)
  await database.drop()
})
// Afresh each time: after a repeat or a refusal a ledger looks everything up for a while.
beforeEach(() => {
  const standings = createStandingsStore(cold.sql)
  const seasons = { of: () => [] }
  const onReconnect = () => {}
  const options = {
    url: database.url,
    lanes: 1,
    attemptMs: 20_000,
    ...times,
    standings,
    seasons,
    onReconnect,
    log,
  }
  ledgers = [createLedger(options), createLedger(options)]
})
afterEach(() => Promise.all(ledgers.map((ledger) => ledger.stop())))

async function board(of: Partial<Leaderboard> = {}): Promise<Leaderboard> {
  const { no: _, ...definition } = makeLeaderboard({
    id: `board-${++boards}`,
    types: ['GLOBAL'],
    operator: 'sum',
    ...of,
  })
  return (await createLeaderboardStore(cold.sql, log).insert(definition))!
}

const toItem = (of: Leaderboard, playerId: string, score: number, submissionId = `s${++submissions}`) =>
  makeLedgerItem({ board: of, playerId, score, submissionId, occurredAt: Date.now() })

/** The outcome of one submission to a server, with its first effect. */
async function submit(server: number, ...item: Parameters<typeof toItem>) {
  const { outcomes } = await ledgers[server]!.commit(0, [toItem(...item)], Date.now())
  const [outcome] = outcomes
  return outcome!.kind === 'stored' ? { ...outcome, ...outcome!.effects[0]! } : outcome!
}

const persons = () =>
  createPersonStore({
    sql: cold.sql,
    leaderboards: createLeaderboardStore(cold.sql, log),
    standings: createStandingsStore(cold.sql),
  })
const entriesOf = (of: Leaderboard) => cold.sql<
  { playerId: string; score: number; version: number; tie: number; hidden: boolean }[]
>`
  select player_id as "playerId", score, version, tie, hidden from leaderboard_entries e
  join standings s on s.id = e.standings_id where leaderboard_no = ${of.no} order by player_id`
const rowsOf = (of: Leaderboard) => cold.sql<{ id: number; score: number }[]>`
  select id, score from submissions where leaderboard_no = ${of.no} order by id`
/** How many batches the one statement committed or refused, of sessions that have ended. */
const calls = async () => {
  const rows = await cold.sql<{ calls: number }[]>`
    select calls from pg_stat_user_functions where funcname = 'commit_batch'`
  return rows.map((row) => row.calls)
}

test('a lane commits what it remembers in one statement', async () => {
  const of = await board()
  await cold.sql`select pg_stat_reset()`
  for (let n = 1; n <= 20; n++)
    expect(await submit(0, of, 'p1', n)).toMatchObject({ previous: n === 1 ? null : (n * (n - 1)) / 2, reason: null })
  expect(await entriesOf(of)).toMatchObject([{ playerId: 'p1', score: 210 }])
  const rows = await rowsOf(of)
  expect(rows.map((row) => row.score)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  expect(await entriesOf(of)).toMatchObject([{ version: rows.at(-1)!.id, tie: rows.at(-1)!.id }])
  await ledgers[0]!.stop()
  await eventually(async () => expect(await calls()).toEqual([19]))
})

test('a batch changes some entries and leaves others, in several standings', async () => {
  const of = await board({ operator: 'best', types: ['GLOBAL', 'SESSION'] })
  const commit = (scores: [string, number, string][]): Promise<Committed> =>
    ledgers[0]!.commit(
      0,
      scores.map(([playerId, score, sessionId]) => ({ ...toItem(of, playerId, score), sessionId })),
      Date.now(),
    )
  await commit([
    ['p1', 10, 'a'],
    ['p2', 20, 'a'],
    ['p1', 5, 'b'],
  ])
  const { outcomes, rows } = await commit([
    ['p1', 7, 'b'],
    ['p2', 15, 'a'],
    ['p1', 12, 'b'],
    ['p1', 12, 'a'],
  ])
  expect(outcomes.map((one) => one.kind === 'stored' && one.effects.map((effect) => effect.score))).toEqual([
    [10, 7],
    [20, 20],
    [12, 12],
    [12, 12],
  ])
  expect([...rows.values()].map((row) => [row.standings.key, row.playerId, row.score])).toEqual([
    ['', 'p1', 12],
    ['b', 'p1', 12],
    ['', 'p2', 20],
    ['a', 'p2', 20],
    ['a', 'p1', 12],
  ])
  expect((await entriesOf(of)).map((row) => row.score).sort((a, b) => a - b)).toEqual([12, 12, 12, 20, 20])
})

test('who reached a score first stays ahead', async () => {
  const of = await board()
  await submit(0, of, 'p1', 10)
  await submit(1, of, 'p2', 40)
  // The first server drew ids before the second one wrote: they may not be used after that.
  await submit(0, of, 'p1', 30)
  const [first, second] = await entriesOf(of)
  expect([first, second]).toMatchObject([{ score: 40 }, { score: 40 }])
  expect(first!.tie).toBeGreaterThan(second!.tie)
})

test('what another server wrote counts', async () => {
  const of = await board()
  await submit(0, of, 'p1', 10)
  await submit(0, of, 'p1', 10)
  await submit(1, of, 'p1', 5)
  expect(await submit(0, of, 'p1', 15)).toMatchObject({ previous: 25, score: 40 })
})

test('servers in turns and at once: totals are exact, ids follow the order of commits of a player', async () => {
  const of = await board()
  let sent = 0
  const players = ['p1', 'p2', 'p3']
  for (let round = 0; round < 60; round++) {
    const batches = round % 3 === 0 ? [0, 1] : [round % 2]
    const committing = batches.map((server) => {
      const items = players.slice(round % 2).map((playerId) => toItem(of, playerId, 1))
      sent += items.length
      const attempt = (): Promise<Committed> => ledgers[server]!.commit(0, items, Date.now()).catch(attempt)
      return attempt()
    })
    await Promise.all(committing)
  }
  const entries = await entriesOf(of)
  expect(entries.reduce((sum, row) => sum + row.score, 0)).toBe(sent)
  const rows = await cold.sql<{ before: number | null; score: number }[]>`
    select (effects->0->>'b')::int8 as before, lag((effects->0->>'a')::int8) over (partition by player_id order by id) as score
    from submissions where leaderboard_no = ${of.no}`
  expect(rows.length).toBe(sent)
  expect(rows.filter((row) => row.before !== row.score)).toEqual([])
})

test('a player who was banned meanwhile is hidden', async () => {
  const of = await board()
  await submit(0, of, 'banned', 1)
  await submit(0, of, 'banned', 1)
  await persons().ban('banned', 'ops', 'why')
  // After this one nobody has drawn an id that the first server does not know of.
  await submit(0, of, 'other', 1)
  await submit(0, of, 'banned', 1)
  expect(await entriesOf(of)).toMatchObject([{ score: 3, hidden: true }, { hidden: false }])
})

test('waits for whoever holds the lock of a player, and does not write between its read and its write', async () => {
  const of = await board()
  const { standingsId } = (await submit(0, of, 'p1', 10)) as { standingsId: number }
  await submit(0, of, 'p1', 10)
  const raced = await inTransaction(cold.sql, async (tx) => {
    await lockPlayers(tx, ['p1'])
    const [entry] = await tx<{ score: number }[]>`
      select score from leaderboard_entries where standings_id = ${standingsId} and player_id = 'p1'`
    const submitted = submit(0, of, 'p1', 1)
    expect(await Promise.race([submitted, sleep(300, 'waits')])).toBe('waits')
    const previous = entry!.score
    const changed = { standingsId, score: previous + 100, previous, tie: null, hidden: false, kept: null }
    const about = { score: null, occurredAt: Date.now(), matchId: null, reason: null }
    await writeChanges(tx, [{ board: of, playerId: 'p1', kind: 'MATCH', ...about, entries: [changed] }])
    return { submitted }
  })
  expect(await raced.submitted).toMatchObject({ previous: 120, score: 121 })
})

test('players that are not there are held as well', async () => {
  const held = await cold.sql.begin(async (tx) => {
    await lockPlayers(tx, ['nobody'])
    return tx`select mode from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`
  })
  expect(held).toMatchObject([{ mode: 'ShareLock' }])
})

test('whoever locks a player waits for it', async () => {
  const of = await board()
  await submit(0, of, 'p1', 10)
  const open = await cold.sql.reserve()
  await open`begin`
  // Under the key of the next submission, which therefore waits in the middle.
  await open`
    insert into submissions (id, leaderboard_no, player_id, submission_id, effects, occurred_at)
    values (-1, ${of.no}, 'p1', 'held', '[]', now())`
  const submitted = submit(0, of, 'p1', 5, 'held')
  const removed = sleep(200).then(() => persons().remove(of, 'p1'))
  expect(await Promise.race([submitted, removed, sleep(500, 'both wait')])).toBe('both wait')
  await open`rollback`
  open.release()
  expect(await submitted).toMatchObject({ score: 15 })
  expect(await removed).toMatchObject({ rows: [{ hidden: true }] })
  const [row] = await cold.sql`
    select effects->0->>'b' as before from submissions where leaderboard_no = ${of.no} and kind = 'REMOVE'`
  expect(row).toEqual({ before: '15' })
})

test('a standings that was sealed meanwhile takes nothing', async () => {
  const of = await board()
  await submit(0, of, 'p1', 1)
  await submit(0, of, 'p1', 1)
  await cold.sql`update standings set status = 'SEALING' where leaderboard_no = ${of.no}`
  expect(await submit(0, of, 'p1', 1)).toMatchObject({ kind: 'refused', code: 'WINDOW_CLOSED' })
  expect(await entriesOf(of)).toMatchObject([{ score: 2 }])
  expect(await rowsOf(of)).toHaveLength(2)
})

test('an entry that was taken out or set back meanwhile is folded over as it is', async () => {
  const of = await board()
  await submit(0, of, 'p1', 5)
  await submit(0, of, 'p1', 5)
  // Under its old version, as in a database that was restored.
  await cold.sql`update leaderboard_entries set score = 7 where player_id = 'p1' and score = 10`
  expect(await submit(0, of, 'p1', 1)).toMatchObject({ previous: 7, score: 8 })
  for (let n = 0; n < 10; n++) await submit(0, of, 'p1', 1)
  await persons().remove(of, 'p1')
  expect(await submit(0, of, 'p1', 3)).toMatchObject({ previous: null, score: 3 })
})

test('so is one that the submission would not have changed', async () => {
  const of = await board({ operator: 'best' })
  await submit(0, of, 'p1', 10)
  await submit(0, of, 'p1', 5)
  await cold.sql`
    update leaderboard_entries e set score = 3 from standings s
    where s.id = e.standings_id and leaderboard_no = ${of.no}`
  expect(await submit(0, of, 'p1', 7)).toMatchObject({ previous: 3, score: 7 })
})

test('an entry that came back to its score has another version', async () => {
  const of = await board({ operator: 'last' })
  await submit(0, of, 'p1', 10)
  await submit(0, of, 'p1', 10)
  await submit(1, of, 'p1', 7)
  await submit(1, of, 'p1', 10)
  await submit(0, of, 'other', 1)
  const { rows } = await ledgers[0]!.commit(0, [toItem(of, 'p1', 10)], Date.now())
  const { version, tie } = (await entriesOf(of)).find((entry) => entry.playerId === 'p1')!
  expect([...rows.values()]).toMatchObject([{ playerId: 'p1', version, tie }])
})

test('of a batch with one entry that is otherwise nothing stays', async () => {
  const of = await board()
  const both = () => [toItem(of, 'p1', 1), toItem(of, 'p2', 1)]
  for (let n = 0; n < 2; n++) await ledgers[0]!.commit(0, both(), Date.now())
  await cold.sql`
    update leaderboard_entries e set score = 50 from standings s
    where s.id = e.standings_id and leaderboard_no = ${of.no} and player_id = 'p2'`
  await ledgers[0]!.commit(0, both(), Date.now())
  expect(await entriesOf(of)).toMatchObject([{ score: 3 }, { score: 51 }])
})

test('a repeated submission is stored once', async () => {
  const of = await board()
  for (let n = 0; n < 3; n++) await submit(0, of, 'p1', 1)
  const first = await submit(0, of, 'p1', 2, 'again')
  const item = toItem(of, 'p1', 2, 'again')
  await expect(ledgers[0]!.commit(0, [item], Date.now())).rejects.toMatchObject({ kind: 'conflict' })
  const { outcomes } = await ledgers[0]!.commit(0, [item], Date.now())
  expect(outcomes).toEqual([
    { kind: 'stored', id: (first as { id: number }).id, duplicate: true, effects: expect.anything() },
  ])
  expect(await entriesOf(of)).toMatchObject([{ score: 5 }])
})

test('one that would be refused writes nothing', async () => {
  const of = await board({ maxScore: 100 })
  await submit(0, of, 'p1', 50)
  expect(await submit(0, of, 'p1', 200)).toMatchObject({ kind: 'refused', code: 'SCORE_OUT_OF_RANGE' })
  expect(await submit(0, of, 'p1', 1)).toMatchObject({ score: 51 })
  expect(await rowsOf(of)).toHaveLength(2)
})
