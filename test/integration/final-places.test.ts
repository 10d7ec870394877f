import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import postgres from 'postgres'
import { holdSealing } from '../../src/postgres/standings/sealing.ts'
import { erasePlayer } from '../../src/postgres/players/erase-player.ts'
import { createSealedReader } from '../../src/postgres/standings/sealed-entries.ts'
import { connectPool, keyedAccess } from '../../src/postgres/connection/client.ts'
import { makeLeaderboard, makeStandings } from '../helpers/leaderboards.ts'
import { cloneDatabase, databaseUrl } from '../helpers/database.ts'
import { startSealingRig, type SealingRig } from '../helpers/sealing-rig.ts'
import { eventually } from '../helpers/wait.ts'

let rig: SealingRig
beforeAll(async () => {
  rig = await startSealingRig()
})
afterAll(() => rig.stop())

async function beginSealing(players: number) {
  const board = await rig.board({ types: ['DAILY'], graceMs: 0 })
  await rig.sql`insert into players (id, display_name) select 'p' || n, 'Player' from generate_series(1, ${players}::int) n
    on conflict do nothing`
  const [row] = await rig.sql<{ id: number }[]>`
    with made as (
      insert into standings (leaderboard_no, type, key, starts_at, ends_at)
      values (${board.no}, 'DAILY', '2026-08-01', '2026-08-01', '2026-08-02') returning id
    ), filled as (
      insert into leaderboard_entries (standings_id, player_id, score, version, tie)
      select id, 'p' || n, n, n, n from made, generate_series(1, ${players}::int) n
    )
    select id from made`
  rig.clock.now = Date.parse('2026-08-03T00:00:00Z')
  await rig.store.beginSealing(rig.clock.now, 10)
  const of = (await rig.store.sealing(10)).find(({ id }) => id === row!.id)
  return { board, of: of! }
}
const places = (id: number) =>
  rig.sql`select place, player_id from final_places where standings_id = ${id} order by place`

test('an erasure beside a batch waits for it, and nothing names the person then', async () => {
  const { board, of } = await beginSealing(3)
  let commit = () => {}
  const held = new Promise<void>((resolve) => (commit = resolve))
  // As a batch does: it has read the entry, and writes the place.
  const batch = rig.sql.begin(async (tx) => {
    await tx`set local idle_in_transaction_session_timeout = 0`
    await tx`select pg_advisory_xact_lock(7210417, (${of.id}::int8 % 2147483647)::int)`
    await tx`insert into final_places (standings_id, place, player_id, score)
      select standings_id, row_number() over (order by score desc), player_id, score from leaderboard_entries
      where standings_id = ${of.id}`
    await held
  })
  const leaderboards = { list: () => Promise.resolve([board]) }
  const erased = erasePlayer({ sql: rig.sql, leaderboards, standings: rig.standings }, 'p2', null)
  await eventually(async () => {
    const [row] = await rig.sql<{ n: number }[]>`
      select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    expect(row!.n).toBe(1)
  })
  commit()
  await Promise.all([batch, erased])
  expect(await places(of.id)).toMatchObject([{ player_id: 'p3' }, { player_id: null }, { player_id: 'p1' }])
})

test('a batch leaves a standings to the next pass while an erasure is made of it, and goes on behind a gap', async () => {
  const { of } = await beginSealing(20_000)
  expect(await rig.store.rankBatch(of, 10_000, rig.clock.now)).toMatchObject({ state: 'MORE', ranked: 10_000 })
  await rig.sql.begin(async (tx) => {
    await holdSealing(tx, 'p10001')
    expect(await rig.store.rankBatch(of, 10_000, rig.clock.now)).toMatchObject({ state: 'BUSY', rows: 0 })
    // The last one that has a place.
    await tx`delete from leaderboard_entries where standings_id = ${of.id} and player_id = 'p10001'`
    await tx`update final_places set player_id = null, score = null where player_id = 'p10001'`
  })
  expect(await rig.store.rankBatch(of, 10_000, rig.clock.now)).toMatchObject({ state: 'MORE', rows: 10_000 })
  expect(await rig.store.rankBatch(of, 10_000, rig.clock.now)).toMatchObject({ state: 'SEALED', ranked: 20_000 })
  const rows = await places(of.id)
  expect(rows.map((row) => row['player_id'] as string | null)).toEqual(
    Array.from({ length: 20_000 }, (_, at) => (at === 9999 ? null : `p${20_000 - at}`)),
  )
  expect(rows.map((row) => row['place'] as number)).toEqual(rows.map((_, at) => at + 1))
})

test('final ranks of an older version are taken over, gaps of erased players too', async () => {
  const server = inject('postgresUrl')
  const { url, drop } = await cloneDatabase(server)
  const sql = postgres(databaseUrl(server, new URL(url).pathname.slice(1)), { max: 1, onnotice: () => {} })
  const folder = new URL('../../drizzle/', import.meta.url)
  const run = async (of: (name: string) => boolean) => {
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.sql') && of(file)))
      await sql.unsafe(readFileSync(new URL(name, folder), 'utf8'))
  }
  const own = (name: string) => name.endsWith('_final_places.sql')
  const number = readdirSync(folder).find(own)!.slice(0, 4)
  await sql`drop schema public cascade`
  await sql`create schema public`
  await run((name) => name < number)
  // Ranks 2, 3 and 7 were erased, one of those left is hidden.
  await sql`insert into leaderboard_entries (standings_id, player_id, score, version, tie, hidden, final_rank)
    select 7, 'p' || n, 100 - n, n, n, n = 5, n from unnest(array[1, 4, 5, 6, 8]) n`
  await sql`insert into leaderboard_entries (standings_id, player_id, score, version, tie) values (8, 'p1', 1, 1, 1)`
  await run(own)
  await sql.end({ timeout: 5 })

  const pool = connectPool(url, {
    name: 'older',
    max: 1,
    connectTimeoutMs: 20_000,
    statementTimeoutMs: 0,
    settings: keyedAccess,
  })
  const reader = createSealedReader(pool, { concurrency: 1, queue: 9, deadlineMs: 20_000, ttlMs: 0 })
  const page = await reader.page(
    { board: makeLeaderboard(), standings: makeStandings({ id: 7, leaderboardNo: 1 }) },
    0,
    9,
  )
  expect(page.entries.map(({ playerId, rank }) => `${playerId} ${rank}`)).toEqual(['p1 1', 'p4 2', 'p6 3', 'p8 4'])
  expect([page.total, await reader.totals([7, 8])]).toEqual([
    4,
    new Map([
      [7, 4],
      [8, 0],
    ]),
  ])
  await pool.end(1)
  await drop()
})
