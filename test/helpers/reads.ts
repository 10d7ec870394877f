import { expect } from 'vitest'
import type { Around, Lookup, Page, Place, WhatIf } from '../../src/contract/reads.ts'
import type { Client } from './client.ts'
import { expectListIsTruth, ledgerRows, type PageRow } from './oracle/truth.ts'
import type { Stack } from './stack.ts'
import { eventually } from './wait.ts'

/**
 * Reads a board every way there is (GLOBAL, order desc, ties first, ordinal ranks, at most 1,000 players) and expects
 * what `rows` say, whatever the source. Returns the sources that were named.
 */
export async function expectReadsRight(client: Client, leaderboard: string, rows: PageRow[]): Promise<string[]> {
  const path = `/v1/leaderboards/${leaderboard}`
  const total = rows.length
  const slim = (list: PageRow[]) => list.map(({ rank, playerId, score }) => ({ rank, playerId, score }))
  const middle = rows[total >> 1]!
  const probe = middle.score
  const [page, place, around, lookup, whatIf] = await Promise.all([
    client.get<Page>(`${path}/standings?limit=1000`),
    client.get<Place>(`${path}/players/${middle.playerId}`),
    client.get<Around>(`${path}/players/${middle.playerId}/around?span=1`),
    client.send<Lookup>('POST', `${path}/lookup`, { playerIds: [rows[0]!.playerId, middle.playerId, 'nobody'] }),
    client.get<WhatIf>(`${path}/what-if?score=${probe}`),
  ])
  const answers = [page, place, around, lookup, whatIf]
  expect(answers.map(({ status, body }) => (status === 200 ? 200 : { status, body }))).toEqual(answers.map(() => 200))

  expect({ total: page.body.total, rows: slim(page.body.rows) }).toEqual({ total, rows: slim(rows) })
  expect(place.body).toMatchObject({ rank: middle.rank, score: middle.score, total })
  const size = Math.min(3, total)
  const start = Math.max(0, Math.min(middle.rank - 2, total - size))
  expect(slim(around.body.rows)).toEqual(slim(rows.slice(start, start + size)))
  expect(around.body.self).toMatchObject({ rank: middle.rank, playerId: middle.playerId })
  const wanted = [...new Map([rows[0]!, middle].map((row) => [row.playerId, row])).values()]
  expect(slim(lookup.body.rows as PageRow[])).toEqual(slim(wanted))
  expect(lookup.body).toMatchObject({ total, missing: ['nobody'] })
  expect(whatIf.body).toMatchObject({ rank: rows.filter((row) => row.score >= probe).length + 1, total: total + 1 })
  return answers.map(({ body }) => (body as { source: string }).source)
}

/** Waits until every read of a board comes from Redis; what is read, and the list itself, is right all the while. Returns the rows. */
export async function comesFromRedis(
  stack: Stack,
  client: Client,
  leaderboard: string,
  operator: 'best' | 'sum' = 'best',
): Promise<PageRow[]> {
  const rows = await ledgerRows(stack, leaderboard, operator)
  await eventually(async () =>
    expect(new Set(await expectReadsRight(client, leaderboard, rows))).toEqual(new Set(['redis'])),
  )
  await expectListIsTruth(stack, stack.redisClient(), leaderboard)
  return rows
}
