import type { RankRow, StandingsStore } from '../actions/ports.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import type { Sql } from './client.ts'
import { drawId, lockPlayers } from './ledger-queries.ts'

/**
 * Takes a player out of every standings of a leaderboard that is not sealed, as one REMOVE row of the ledger. Answers
 * what left the lists (each with the version that fences later applications), or null when there was nothing.
 */
export async function removePlayer(
  sql: Sql,
  store: StandingsStore,
  board: Leaderboard,
  playerId: string,
): Promise<RankRow[] | null> {
  const known = await sql`select 1 from players where id = ${playerId}`
  if (known.length === 0) return null
  const removed = await sql.begin(async (tx) => {
    await lockPlayers(tx, [playerId])
    const gone = await tx<{ standings_id: number; score: number; tie: number }[]>`
      delete from leaderboard_entries where player_id = ${playerId} and standings_id = any (
        array(select id from standings where leaderboard_no = ${board.no} and status in ('OPEN', 'CLOSING')))
      returning standings_id, score, tie`
    if (gone.length === 0) return []
    const version = await drawId(tx)
    const effects = gone.map((row) => ({ s: row.standings_id, a: null, b: row.score }))
    await tx`
      insert into submissions (id, leaderboard_no, player_id, kind, effects, occurred_at)
      values (${version}, ${board.no}, ${playerId}, 'REMOVE', ${JSON.stringify(effects)}::text::jsonb, now())`
    return gone.map((row) => ({ ...row, version: version }))
  })
  if (removed.length === 0) return null
  const standings = await store.byIds(removed.map((row) => row.standings_id))
  return removed.flatMap((row) => {
    const of = standings.get(row.standings_id)
    return of
      ? [{ board, standings: of, playerId, score: row.score, version: row.version, tie: row.tie, hidden: true }]
      : []
  })
}
