import { setTimeout as sleep } from 'node:timers/promises'
import { progress } from './progress.ts'
import type { Stack } from './stack.ts'

const chunk = 100_000

/**
 * A board with `count` ranked players p1..pN, written straight to Postgres: entries and players, no ledger. Scores repeat, so
 * that ties count. The server then restores the list into Redis. Returns the standings' id and the rows a second.
 */
export async function loadMembers(
  stack: Stack,
  board: string,
  count: number,
  definition: object = {},
): Promise<{ standingsId: number; restored: { rows: number; ms: number } }> {
  const { sql, call } = stack
  await call('POST', '/v1/leaderboards', { id: board, ...definition })
  // One transaction: a server that sees the standings before all entries would restore the list without the rest, of which
  // no ledger row would tell it.
  const id = await sql.begin(async (transaction) => {
    const [standings] = await transaction<{ id: number }[]>`
      insert into standings (leaderboard_no, type, key) select no, 'GLOBAL', '' from leaderboards where id = ${board}
      returning id`
    const { id } = standings!
    for (let from = 1; from <= count; from += chunk) {
      const to = Math.min(count, from + chunk - 1)
      await transaction`
        insert into players (id, display_name) select 'p' || n, 'Player ' || n from generate_series(${from}::int, ${to}::int) n on conflict do nothing`
      await transaction`
        insert into leaderboard_entries (standings_id, player_id, score, version, tie)
        select ${id}, 'p' || n, floor(random() * ${count}::int), v, v
        from (select n, nextval('submissions_id_seq') as v from generate_series(${from}::int, ${to}::int) n) made`
      progress(`${to.toLocaleString('en-US')} of ${count.toLocaleString('en-US')} members written to Postgres`)
    }
    return id
  })
  // As pgbench does after a load: else the first reads mark every row, and autovacuum starts within the next minute.
  await sql.unsafe('vacuum analyze players, leaderboard_entries')
  progress('waiting for the list in Redis')
  await untilRedis(stack, board)
  const { rows, ms } = stack.logged('list restored').at(-1) as { rows: number; ms: number }
  progress(`list restored: ${rows} rows in ${(ms / 1000).toFixed(1)} s`)
  return { standingsId: id, restored: { rows, ms } }
}

async function untilRedis({ call }: Stack, board: string): Promise<void> {
  for (;;) {
    // While the list is being restored Postgres may be too slow to answer in its stead.
    const page = await call<{ source: string }>('GET', `/v1/leaderboards/${board}/standings?limit=1`).catch(() => null)
    if (page?.source === 'redis') return
    await sleep(500)
  }
}
