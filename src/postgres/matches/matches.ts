import type { LogLine, MatchStore, Moved } from '../../actions/ports/matches.ts'
import { inTransaction } from '../connection/transaction.ts'
import { judge, lockMatch, type MatchStoreOptions, readMatch, unmoved, writeTransition } from './match-rows.ts'
import { settleMatch } from './settle-match.ts'

/** Matches. Each step holds the match's lock, after those of the players where the step changes them. */
export function createMatchStore(options: MatchStoreOptions): MatchStore {
  const { sql } = options
  return {
    async create(match, actor) {
      const { id, leaderboardNo, type, playerIds, region, scheduledAt } = match
      // One statement: the foreign keys are checked when all of it is there.
      const [made] = await sql<{ n: number }[]>`
        with made as (
          insert into matches (id, leaderboard_no, type, region, scheduled_at, last_step, last_body)
          values (${id}, ${leaderboardNo}, ${type}, ${region}, to_timestamp(${scheduledAt}::int8 / 1000.0), 'CREATE', '{}')
          on conflict (id) do nothing returning id
        ), strangers as (
          insert into players (id, display_name)
          select p.id, p.id from unnest(${playerIds}::text[]) p (id) cross join made order by p.id
          on conflict (id) do nothing
        ), slots as (
          insert into match_results (match_id, slot, player_id)
          select made.id, p.slot - 1, p.id from unnest(${playerIds}::text[]) with ordinality p (id, slot) cross join made
        ), logged as (
          insert into moderation_log (actor, action, match_id) select ${actor}, 'CREATE', id from made
        )
        select count(*) as n from made`
      return { created: made!.n === 1, match: (await readMatch(sql, id))! }
    },

    find: (id) => readMatch(sql, id),

    async log(id) {
      const rows = await sql<(Omit<LogLine, 'at'> & { at: Date })[]>`
        select action as step, at, actor, reason from moderation_log where match_id = ${id} order by id`
      return rows.map((row) => ({ ...row, at: row.at.getTime() }))
    },

    move: (id, transition) =>
      inTransaction(sql, async (tx): Promise<Moved | null> => {
        const [, match] = await Promise.all([lockMatch(tx, id), readMatch(tx, id)])
        if (!match) return null
        const to = judge(match, transition)
        if (typeof to === 'string') return unmoved(to, match)
        const [, moved] = await Promise.all([writeTransition(tx, id, transition, to), readMatch(tx, id)])
        return { outcome: 'done', match: moved!, rows: [], changed: null }
      }),

    settle: (board, id, transition, now) => settleMatch(options, board, id, transition, now),
  }
}
