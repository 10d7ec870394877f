import { expect } from 'vitest'
import type { Page } from '../../../src/contract/reads.ts'
import type { Leaderboard } from '../../../src/ranking/leaderboard.ts'
import { sortKey, tieKey } from '../../../src/ranking/order.ts'
import { standingsKeys, watermarkKey } from '../../../src/redis/keys.ts'
import type { RedisClient } from '../../../src/redis/open.ts'
import type { Client } from '../client.ts'
import type { Stack } from '../stack.ts'

// Independent of entries, folds and lists: what they have to be, counted from the ledger by plain SQL: for boards with order desc, ties first, ordinal ranks
// and 0 decimals (the defaults).

export interface PageRow {
  rank: number
  playerId: string
  score: number
}

/** GLOBAL as a naive count over the ledger. */
export async function ledgerRows(stack: Stack, leaderboard: string, operator: 'best' | 'sum'): Promise<PageRow[]> {
  const rows = await stack.sql<{ player_id: string; score: string }[]>`
    with mine as (
      select s.player_id, s.score, s.id from submissions s join leaderboards l on l.no = s.leaderboard_no
      where l.id = ${leaderboard} and l.deleted_at is null
    ), best as (select player_id, max(score) as score from mine group by player_id),
    counted as (
      select b.player_id, b.score, (select min(id) from mine m where m.player_id = b.player_id and m.score = b.score) as tie
      from best b where ${operator} = 'best'
      union all
      select player_id, sum(score)::bigint, max(id) from mine where ${operator} = 'sum' group by player_id
    )
    select player_id, score::text from counted order by counted.score desc, tie, player_id`
  return rows.map((row, index) => ({ rank: index + 1, playerId: row.player_id, score: Number(row.score) }))
}

/** Reads a whole GLOBAL of at most 1,000 players. */
export async function readPage(
  client: Client,
  leaderboard: string,
): Promise<{ source: string; total: number; rows: PageRow[] }> {
  const { status, body } = await client.get<Page>(`/v1/leaderboards/${leaderboard}/standings?limit=1000`)
  expect({ status, body }).toMatchObject({ status: 200 })
  const rows = body.rows.map(({ rank, playerId, score }) => ({ rank, playerId, score }))
  return { source: body.source, total: body.total, rows }
}

/** GLOBAL's ids and the keys of its list in Redis. */
export async function listOf(stack: Stack, leaderboard: string) {
  const [row] = await stack.sql<{ no: number; id: string }[]>`
    select l.no, s.id from standings s join leaderboards l on l.no = s.leaderboard_no
    where l.id = ${leaderboard} and l.deleted_at is null and s.type = 'GLOBAL'`
  const id = Number(row!.id)
  return { id, keys: standingsKeys(row!.no, id), watermark: watermarkKey(row!.no) }
}

/** Compares the list in Redis, members and versions, with the entries in Postgres. */
export async function expectListIsTruth(stack: Stack, redis: RedisClient, leaderboard: string): Promise<void> {
  const { id, keys } = await listOf(stack, leaderboard)
  const entries = await stack.sql<{ player_id: string; score: string; version: string; tie: string }[]>`
    select player_id, score, version, tie from leaderboard_entries where standings_id = ${id} and not hidden`
  const rules: Pick<Leaderboard, 'order' | 'ties'> = { order: 'desc', ties: 'first' }
  const list = await redis.zrange(keys.list, '0', '-1', 'WITHSCORES')
  const members = Object.fromEntries(
    list.flatMap((member, at) => (at % 2 === 0 ? [[member, Number(list[at + 1])]] : [])),
  )
  const wanted = entries.map((row) => [
    tieKey(rules.ties, Number(row.tie)) + row.player_id,
    sortKey(rules, Number(row.score)),
  ])
  expect(members).toEqual(Object.fromEntries(wanted))
  const versions = entries.map(({ player_id: player, version, tie }) => [
    player,
    version === tie ? version : `${version}:${tie}`,
  ])
  expect(await redis.hgetall(keys.versions)).toEqual(Object.fromEntries(versions))
}

/** Every receipt is one ledger row with that score, and no id has more than one. */
export async function expectInLedger(
  stack: Stack,
  receipts: { leaderboard: string; playerId: string; score: number; submissionId: string }[],
) {
  const rows = await stack.sql<{ leaderboard: string; player_id: string; submission_id: string; score: string }[]>`
    select l.id as leaderboard, s.player_id, s.submission_id, s.score from submissions s
    join leaderboards l on l.no = s.leaderboard_no`
  const key = (one: string[]) => one.join('|')
  const stored = new Map(
    rows.map((row) => [key([row.leaderboard, row.player_id, row.submission_id]), Number(row.score)]),
  )
  expect(stored.size).toBe(rows.length)
  const wrong = receipts.filter(
    (one) => stored.get(key([one.leaderboard, one.playerId, one.submissionId])) !== one.score,
  )
  expect(wrong).toEqual([])
}

/** Log lines of a server at error level or above. */
export function errorLines(logs: string[]): string[] {
  return logs.filter((line) => {
    if (!line.startsWith('{')) return true
    return (JSON.parse(line) as { level: number }).level >= 50
  })
}
