import type { standings as standingsTable } from '../schema/standings.ts'
import type { RowOf } from '../schema/rows.ts'
import type { leaderboardEntries } from '../schema/leaderboard-entries.ts'
import type { players } from '../schema/players.ts'
import { isFinal } from '../../ranking/status.ts'
import type { Standings } from '../../actions/ports/standings.ts'
import type { Changed } from '../../actions/ports/changes.ts'
import type { Moderated } from '../../actions/ports/persons.ts'
import { noteChanged } from '../repair/changes.ts'
import type { Tagged } from '../connection/client.ts'
import { rankRowsOf, writeChanges, type EntryChange, type PlayerChange } from '../ledger/entry-changes.ts'
import { inTransaction } from '../connection/transaction.ts'
import { byBoard, withBoards, type PersonStores } from './known-boards.ts'
import { lockPlayers } from '../ledger/player-locks.ts'

type Entry = RowOf<typeof leaderboardEntries, 'score' | 'tie' | 'hidden'> &
  RowOf<typeof standingsTable, 'status'> & { id: number; no: number }

/**
 * Hides or shows every entry of a player, sealed ones included, with one BAN or UNBAN row a leaderboard. One that is
 * already so stays unchanged. Null for an unknown player.
 */
export async function setBan(
  { sql, leaderboards, standings }: PersonStores,
  playerId: string,
  action: 'BAN' | 'UNBAN',
  by: string | null,
  reason: string | null,
): Promise<Moderated | null> {
  const hide = action === 'BAN'
  const done = await withBoards(leaderboards, (_, boardByNo) =>
    inTransaction(sql, async (tx) => {
      const player = (await lockPlayers(tx, [playerId])).get(playerId)
      if (!player) return null
      const entries = await entriesOf(tx, playerId)
      const changed: Changed = { players: [playerId], ...sealedOf(entries) }
      if (player.banned === hide) return { changes: [], ids: [], changed, ...(await banOf(tx, playerId)) }
      await tx`update players set banned_at = case when ${action}::text = 'BAN' then clock_timestamp() end, updated_at = now()
        where id = ${playerId}`
      await tx`insert into moderation_log (actor, action, player_id, reason)
        values (${by}, ${action}::text::moderation_action, ${playerId}, ${reason})`
      const changes = byBoard(entries, boardByNo).map(([board, list]): PlayerChange => ({
        board,
        playerId,
        kind: action,
        score: null,
        occurredAt: Date.now(),
        matchId: null,
        reason,
        entries: list.map((entry) => toggled(entry, hide)),
      }))
      await noteChanged(tx, changed)
      return { changes, ids: await writeChanges(tx, changes), changed, ...(await banOf(tx, playerId)) }
    }),
  )
  if (done === null) return null
  const { bannedAt, reason: why, changed } = done
  return { bannedAt, reason: why, changed, rows: await rankRowsOf(standings, done.changes, done.ids) }
}

/** Those whose rows are copied: copies of what is being sealed may be made while it is changed. */
export function sealedOf(list: { id: number; status: Standings['status'] }[]): Pick<Changed, 'sealed'> {
  const sealed = list.filter(({ status }) => isFinal(status)).map(({ id }) => id)
  return sealed.length === 0 ? {} : { sealed }
}

// One index probe a row, from the player's entries on, whatever the statistics say: asked for within the probe, those that
// are not deleted might be looked for in the index of ids.
async function entriesOf(tx: Tagged, playerId: string): Promise<Entry[]> {
  return tx<Entry[]>`
    select e.standings_id as id, s.leaderboard_no as no, s.status, e.score, e.tie, e.hidden
    from leaderboard_entries e
    cross join lateral (select leaderboard_no, status from standings where id = e.standings_id limit 1) s
    cross join lateral (select deleted_at from leaderboards where no = s.leaderboard_no limit 1) l
    where e.player_id = ${playerId} and l.deleted_at is null`
}

async function banOf(tx: Tagged, playerId: string): Promise<{ bannedAt: number | null; reason: string | null }> {
  const [row] = await tx<(RowOf<typeof players, 'banned_at'> & { reason: string | null })[]>`
    select banned_at, case when banned_at is not null then (
        select reason from moderation_log l where l.player_id = p.id and l.action = 'BAN' order by l.id desc limit 1
      ) end as reason
    from players p where id = ${playerId}`
  return { bannedAt: row!.banned_at?.getTime() ?? null, reason: row!.reason }
}

function toggled(entry: Entry, hidden: boolean): EntryChange {
  const { id: standingsId, score, tie } = entry
  return { standingsId, score, previous: score, tie, hidden, kept: null }
}
