import type { RowOf } from '../schema/rows.ts'
import type { leaderboardEntries } from '../schema/leaderboard-entries.ts'
import type { Touched } from '../../actions/ports/persons.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import { leftBy, noteChanged } from '../repair/changes.ts'
import { rankRowsOf, writeChanges, type PlayerChange } from '../ledger/entry-changes.ts'
import { inTransaction } from '../connection/transaction.ts'
import type { PersonStores } from './known-boards.ts'
import { lockPlayers } from '../ledger/player-locks.ts'

/**
 * Takes a player out of every standings of a leaderboard that is not sealed, as one REMOVE row of the ledger. Answers
 * what left the lists (each with the version that fences later applications), or null when there was nothing.
 */
export async function removePlayer(
  { sql, standings }: PersonStores,
  board: Leaderboard,
  playerId: string,
): Promise<Touched | null> {
  const written = await inTransaction(sql, async (tx) => {
    // One that is being made has no row to lock, nor entries that were there before this call.
    if (!(await lockPlayers(tx, [playerId])).has(playerId)) return null
    const there = await tx<RowOf<typeof leaderboardEntries, 'standings_id' | 'score'>[]>`
      select standings_id, score from leaderboard_entries where player_id = ${playerId} and standings_id = any (
        array(select id from standings where leaderboard_no = ${board.no} and status in ('OPEN', 'CLOSING')))`
    if (there.length === 0) return null
    const change: PlayerChange = {
      board,
      playerId,
      kind: 'REMOVE',
      score: null,
      occurredAt: Date.now(),
      matchId: null,
      reason: null,
      entries: there.map((row) => ({
        standingsId: row.standings_id,
        score: null,
        previous: row.score,
        tie: null,
        hidden: true,
        kept: null,
      })),
    }
    const ids = await writeChanges(tx, [change])
    return { change, ids, changed: await noteChanged(tx, leftBy([change])) }
  })
  if (written === null) return null
  return { rows: await rankRowsOf(standings, [written.change], written.ids), changed: written.changed }
}
