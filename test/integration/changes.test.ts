import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { connectPool, type Pool } from '../../src/postgres/connection/client.ts'
import { createTruth } from '../../src/postgres/repair/truth.ts'
import { cloneDatabase } from '../helpers/database.ts'

// What a catch-up reads of the ledger, against a plain count over it.

let database: Awaited<ReturnType<typeof cloneDatabase>>
let pool: Pool
const changed = '{"s": 7, "a": 1, "b": null}'

beforeAll(async () => {
  database = await cloneDatabase(inject('postgresUrl'))
  pool = connectPool(database.url, { name: 'truth', max: 2, connectTimeoutMs: 20_000, statementTimeoutMs: 0 })
})
afterAll(async () => {
  await pool.end(1)
  await database.drop()
})

/** Ledger rows of one transaction; returns its id, which `xid` sets instead. */
async function write(rows: number, effects: string, players: number, xid: string | null = null): Promise<string> {
  const [row] = await pool.sql<{ xid: string }[]>`
    with made as (
      insert into submissions (leaderboard_no, player_id, submission_id, score, effects, occurred_at, xid)
      select 1, 'p' || n % ${players}::int, gen_random_uuid()::text, n, ${effects}::text::jsonb, now(),
        coalesce(${xid}::text::xid8, pg_current_xact_id())
      from generate_series(1, ${rows}::int) n returning xid
    )
    select max(xid::text) as xid from made`
  return row!.xid
}

async function changesOf(from: string, to: bigint, open: string[] = []) {
  const found = new Map<string, number>()
  const pages: number[] = []
  for await (const page of createTruth(pool).changes({ xmax: from, open }, String(to))) {
    let changes = 0
    for (const { leaderboardNo, standingsId, versions } of page) {
      expect(leaderboardNo).toBe(1)
      const words = versions.split(' ')
      expect(words.length).toBeLessThanOrEqual(2 * 500)
      changes += words.length / 2
      for (let at = 0; at < words.length; at += 2) {
        const key = `${standingsId} ${words[at]}`
        found.set(key, Math.max(Number(words[at + 1]), found.get(key) ?? 0))
      }
    }
    pages.push(changes)
  }
  return { found: Object.fromEntries(found), pages }
}

async function counted(from: string, to: bigint, open: string[] = []) {
  const rows = await pool.sql<{ key: string; version: number }[]>`
    select (e ->> 's') || ' ' || player_id as key, max(id) as version
    from submissions, jsonb_array_elements(effects) e
    where (xid >= ${from}::text::xid8 and xid < ${String(to)}::text::xid8 or xid::text = any(${open}::text[]))
      and e ->> 's' is not null and e ->> 'r' is null
    group by 1`
  return Object.fromEntries(rows.map(({ key, version }) => [key, version]))
}

test('every change once a transaction is in the window, whatever the pages cut', async () => {
  const first = await write(12_000, `[${changed}]`, 900)
  for (let one = 0; one < 5; one++) await write(1, `[${changed}]`, 1)
  // One transaction of more than two pages, between others.
  await write(52_345, `[${changed}, {"s": 8, "a": 2, "b": 1}]`, 4000)
  const middle = await write(10_000, `[${changed}]`, 4000)
  const last = await write(4000, `[{"s": 9, "a": 1, "b": null}]`, 100)
  const all = await changesOf(first, BigInt(last) + 1n)
  expect(all.found).toEqual(await counted(first, BigInt(last) + 1n))
  expect(Object.keys(all.found)).toHaveLength(4000 + 4000 + 100)
  expect(all.pages.length).toBeGreaterThan(3)
  expect((await changesOf(middle, BigInt(last))).found).toEqual(await counted(middle, BigInt(last)))
})

test('transactions that were open are looked for one by one, however large they became', async () => {
  const effects = (standings: number) => `[{"s": ${standings}, "a": 1, "b": null}]`
  const open = [await write(45_000, effects(20), 3000), await write(3, effects(21), 3)]
  const between = await write(5, effects(22), 5)
  open.push(await write(12_345, effects(23), 900))
  const xmax = await write(7, effects(24), 7)
  const to = BigInt(xmax) + 1n
  const { found } = await changesOf(xmax, to, open)
  expect(found).toEqual(await counted(xmax, to, open))
  expect(Object.keys(found)).toHaveLength(3000 + 3 + 900 + 7)
  expect((await changesOf(xmax, to, [between])).found).toEqual(await counted(xmax, to, [between]))
})

test('rows that changed nothing, and windows without rows, tell of nothing', async () => {
  const kept = `[{"s": 7, "a": 1, "b": 1, "r": "NOT_BETTER"}, {"k": "DAILY:2026-01-01", "a": null, "b": null, "r": "WINDOW_CLOSED"}]`
  const xid = await write(10, kept, 10)
  expect((await changesOf(xid, BigInt(xid) + 1n)).found).toEqual({})
  expect(await changesOf(xid, BigInt(xid))).toEqual({ found: {}, pages: [0] })
})

test('pages stay as short where transaction ids get another digit', async () => {
  for (const xid of [999, 1000, 1001]) await write(15_000, `[{"s": ${xid}, "a": 1, "b": null}]`, 15_000, String(xid))
  const { found, pages } = await changesOf('999', 1002n)
  expect(found).toEqual(await counted('999', 1002n))
  expect(Math.max(...pages)).toBeLessThanOrEqual(20_000)
})
