import type { standings as standingsTable } from '../schema/standings.ts'
import type { RowOf } from '../schema/rows.ts'
import { effectStandings } from '../ledger/stored-effects.ts'
import type { Touched } from '../../actions/ports/persons.ts'
import { sealedOf } from './ban-player.ts'
import { byBoard, withBoards } from './known-boards.ts'
import type { PersonStores } from './known-boards.ts'
import { leftBy, noteChanged } from '../repair/changes.ts'
import type { Tagged } from '../connection/client.ts'
import { rankRowsOf, writeChanges, type PlayerChange } from '../ledger/entry-changes.ts'
import { inTransaction } from '../connection/transaction.ts'
import { lockPlayers } from '../ledger/player-locks.ts'
import { holdSealing } from '../standings/sealing.ts'

type Left = RowOf<typeof standingsTable, 'id' | 'status'> & { no: number }

/**
 * Deletes a person: profile, entries, ledger rows, totals, and what the log says of it. What stays of it is one ERASE row
 * a leaderboard, with the id and the standings that it left and no score, so that no list keeps or gets it back. Null for
 * an unknown player.
 */
export async function erasePlayer(
  { sql, leaderboards, standings }: PersonStores,
  playerId: string,
  by: string | null,
): Promise<Touched | null> {
  const done = await withBoards(leaderboards, (_, boardByNo) =>
    inTransaction(sql, async (tx) => {
      if (!(await lockPlayers(tx, [playerId])).has(playerId)) return null
      await holdSealing(tx, playerId)
      const left = await deleteScores(tx, playerId)
      const changes = byBoard(left, boardByNo).map(([board, list]): PlayerChange => ({
        board,
        playerId,
        kind: 'ERASE',
        score: null,
        occurredAt: Date.now(),
        matchId: null,
        reason: null,
        entries: list.map(({ id: standingsId }) => ({
          standingsId,
          score: null,
          previous: null,
          tie: null,
          hidden: true,
          kept: null,
        })),
      }))
      const ids = await writeChanges(tx, changes)
      await forgetInMatches(tx, playerId)
      await tx`insert into moderation_log (actor, action) values (${by}, 'ERASE')`
      await tx`delete from players where id = ${playerId}`
      const changed = await noteChanged(tx, { players: [playerId], ...sealedOf(left), ...leftBy(changes) })
      return { changes, ids, changed }
    }),
  )
  if (done === null) return null
  return { changed: done.changed, rows: await rankRowsOf(standings, done.changes, done.ids) }
}

/**
 * Also returns standings that only ledger rows mention: Redis may not have those changes yet, and after this no row is left
 * to learn them from.
 */
async function deleteScores(tx: Tagged, playerId: string): Promise<Left[]> {
  return tx<Left[]>`
    with entries as (
      delete from leaderboard_entries where player_id = ${playerId} returning standings_id
    ), places as (
      update final_places set player_id = null, score = null where player_id = ${playerId}
    ), ledger as (
      delete from submissions
      where leaderboard_no = any(array(select no from leaderboards)) and player_id = ${playerId} returning effects
    )
    select s.id, s.leaderboard_no as no, s.status
    from (
        select standings_id as id from entries
        union
        select ${tx.unsafe(effectStandings)} from ledger, jsonb_array_elements(ledger.effects) e (effect)
        where e.effect ? 's' and not e.effect ? 'r'
      ) t
    cross join lateral (select * from standings where id = t.id limit 1) s
    cross join lateral (select deleted_at from leaderboards where no = s.leaderboard_no limit 1) l
    where l.deleted_at is null
    order by s.id`
}

/** Matches keep an anonymous participant (by the foreign key); disputes keep no name. */
async function forgetInMatches(tx: Tagged, playerId: string): Promise<void> {
  await tx`
    update moderation_log set actor = null
    where match_id is not null and actor = ${playerId}
      and match_id = any(array(select match_id from match_results where player_id = ${playerId}))`
  // Only tells a repeated transition from another one: for these matches nothing does any more.
  await tx`
    update matches set last_body = '{}'
    where id = any(array(select match_id from match_results where player_id = ${playerId}))
      and strpos(last_body::text, ${`"${playerId}"`}) > 0`
}
