import { isDeepStrictEqual } from 'node:util'
import type { Around, Page, Place } from '../../src/contract/reads.ts'
import type { Stack } from './stack.ts'

interface Ranked {
  rank: number
  player_id: string
  score: number
}

/** Compares places, windows and the first page with what SQL says. Throws at the first difference. */
export async function checkReads(
  { sql, call }: Stack,
  { board, standingsId, count, span }: { board: string; standingsId: number; count: number; span: number },
): Promise<string> {
  const base = `/v1/leaderboards/${board}`
  const players = Array.from({ length: 10 }, () => `p${1 + Math.floor(Math.random() * count)}`)
  const ranked = await sql<Ranked[]>`
    with ranked as (
      select row_number() over (order by score desc, tie) as rank, player_id, score from leaderboard_entries
      where standings_id = ${standingsId}
    ), wanted as materialized (select rank from ranked where player_id = any(${players}::text[]))
    select distinct ranked.* from ranked
    left join wanted on ranked.rank between wanted.rank - ${2 * span}::int and wanted.rank + ${2 * span}::int
    where ranked.rank <= 100 or wanted.rank is not null order by rank`
  const shape = (rows: readonly { rank: number; playerId: string; score: number }[]) =>
    rows.map(({ rank, playerId, score }) => ({ rank, player_id: playerId, score }))
  const same = (what: string, answered: unknown, expected: unknown) => {
    if (!isDeepStrictEqual(answered, expected))
      throw new Error(`${what}: answered ${JSON.stringify(answered)}, SQL says ${JSON.stringify(expected)}`)
  }

  for (const player of players) {
    const { rank, score } = ranked.find((row) => row.player_id === player)!
    const place = await call<Place>('GET', `${base}/players/${player}`)
    same(player, [place.source, place.rank, place.score, place.total], ['redis', rank, score, count])
    const around = await call<Around>('GET', `${base}/players/${player}/around?span=${span}`)
    const first = Math.max(1, Math.min(rank - span, count - 2 * span))
    const window = ranked.filter((row) => row.rank >= first && row.rank <= first + 2 * span)
    same(
      `around ${player}`,
      shape(around.rows),
      window.map((row) => ({ ...row })),
    )
  }
  const page = await call<Page>('GET', `${base}/standings?limit=100`)
  same(
    'the first page',
    shape(page.rows),
    ranked.slice(0, Math.min(100, count)).map((row) => ({ ...row })),
  )
  return `places and windows of ${players.length} random players and the first page were equal to what SQL says`
}
