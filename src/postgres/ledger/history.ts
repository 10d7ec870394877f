import type { RowOf } from '../schema/rows.ts'
import type { HistoryOf, HistoryStore } from '../../actions/ports/history.ts'
import type { StoredEffect, submissions } from '../schema/submissions.ts'
import type { Sql } from '../connection/client.ts'
import { removedSince, withRemoved } from './removed.ts'
import { toEffect } from './stored-effects.ts'

type Row = RowOf<typeof submissions, 'kind' | 'submission_id' | 'score' | 'match_id' | 'reason' | 'effects'> & {
  at: Date
  removed: number[] | null
}

/** A player's ledger rows, straight from Postgres. */
export function createHistoryStore(sql: Sql): HistoryStore {
  return {
    async read(board, playerId, limit, of) {
      const only = of ? sql`and effects @> any(${namesOf(of)}::text[]::jsonb[])` : sql``
      const rows = await sql<Row[]>`
        select created_at as at, kind, submission_id, score, match_id, reason, effects,
          case when kind in ('SCORE', 'MATCH') then ${removedSince(sql)} end as removed
        from submissions s
        where leaderboard_no = ${board.no} and player_id = ${playerId} ${only} order by id desc limit ${limit}`
      return rows.map((row) => ({
        at: row.at.getTime(),
        kind: row.kind,
        submissionId: row.submission_id,
        score: row.score,
        matchId: row.match_id,
        reason: row.reason,
        effects: withRemoved(row.effects.map(toEffect), row.removed),
      }))
    },
  }
}

/** What contains one of these names the standings. */
function namesOf({ standingsId, selector }: HistoryOf): string[] {
  const names: Partial<StoredEffect>[] = [{ k: selector }, ...(standingsId === null ? [] : [{ s: standingsId }])]
  return names.map((name) => JSON.stringify([name]))
}
