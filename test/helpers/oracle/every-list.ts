import { expect } from 'vitest'
import type { Page } from '../../../src/contract/reads.ts'
import { formatSelector } from '../../../src/ranking/selector.ts'
import type { Leaderboard, LeaderboardType } from '../../../src/ranking/leaderboard.ts'
import type { Client } from '../client.ts'
import type { Stack } from '../stack.ts'

// Independent of Redis and of every read of the server: plain SQL over the entries (written by the ledger) is what is right.

/** Standings of a leaderboard by selector, each as plain SQL sorts what it shows (order desc, 0 decimals). */
export async function truthOf(stack: Stack, leaderboard: string, ties: 'first' | 'last' = 'first') {
  const rows = await stack.sql<{ type: LeaderboardType; key: string; player_id: string | null; score: string }[]>`
    select s.type, s.key, e.player_id, e.score from standings s
    join leaderboards l on l.no = s.leaderboard_no and l.deleted_at is null
    left join leaderboard_entries e on e.standings_id = s.id and not e.hidden
    where l.id = ${leaderboard}
    order by s.id, e.score desc, ${ties === 'first' ? stack.sql`e.tie` : stack.sql`e.tie desc`}`
  const lists: Record<string, { playerId: string; score: number }[]> = {}
  for (const row of rows) {
    const list = (lists[formatSelector(row.type, row.key)] ??= [])
    if (row.player_id !== null) list.push({ playerId: row.player_id, score: Number(row.score) })
  }
  return lists
}

/** Every standings of a leaderboard, as a server shows it (from Redis unless it is sealed), is what Postgres holds. Returns the lists. */
export async function expectEveryList(
  stack: Stack,
  client: Client,
  leaderboard: string,
  ties: 'first' | 'last' = 'first',
) {
  const lists = await truthOf(stack, leaderboard, ties)
  for (const [standings, wanted] of Object.entries(lists)) {
    const { body } = await client.get<Page>(
      `/v1/leaderboards/${leaderboard}/standings?standings=${standings}&limit=1000`,
    )
    const rows = body.rows.map(({ playerId, score }) => ({ playerId, score }))
    expect({ standings, total: body.total, rows }).toEqual({ standings, total: wanted.length, rows: wanted })
    const sources = body.period?.status === 'SEALED' ? ['redis', 'postgres'] : ['redis']
    expect(sources).toContain(body.source)
  }
  return lists
}

/** Seals a session as the job does in the end: everybody has a final rank, and nothing changes it. */
export async function sealByHand(
  stack: Stack,
  leaderboard: string,
  key: string,
  { order, ties }: Pick<Leaderboard, 'order' | 'ties'> = { order: 'desc', ties: 'first' },
): Promise<void> {
  const score = order === 'desc' ? stack.sql`score desc` : stack.sql`score`
  const tie = ties === 'id' ? stack.sql`player_id` : ties === 'last' ? stack.sql`tie desc` : stack.sql`tie`
  await stack.sql`
    with sealed as (
      update standings set status = 'SEALED', sealed_at = now(), ends_at = now()
      where type = 'SESSION' and key = ${key}
        and leaderboard_no = (select no from leaderboards where id = ${leaderboard} and deleted_at is null)
      returning id
    )
    insert into final_places (standings_id, place, player_id, score)
    select standings_id, row_number() over (order by ${score}, ${tie}), player_id, score from leaderboard_entries
    where standings_id in (select id from sealed)`
}
