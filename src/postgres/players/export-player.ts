import { and, eq, getTableColumns, gt } from 'drizzle-orm'
import type {
  ExportBoard,
  ExportDecision,
  ExportEntry,
  ExportMatch,
  ExportRow,
  ExportStore,
} from '../../actions/ports/exports.ts'
import { builderOn } from '../connection/builder.ts'
import type { Sql } from '../connection/client.ts'
import { moderationLog } from '../schema/moderation-log.ts'
import { playerTotals } from '../schema/player-totals.ts'
import { players } from '../schema/players.ts'
import { submissions, type StoredEffect } from '../schema/submissions.ts'

/** Everything that is kept about a person, straight from Postgres. */
export function createExportStore(sql: Sql): ExportStore {
  const db = builderOn(sql)
  return {
    async player(id) {
      const [row] = await db.select().from(players).where(eq(players.id, id))
      if (!row) return null
      const { id: playerId, ...rest } = row
      return { playerId, ...rest }
    },

    async totals(id) {
      const { playerId: _, ...numbers } = getTableColumns(playerTotals)
      const [row] = await db.select(numbers).from(playerTotals).where(eq(playerTotals.playerId, id))
      return row ?? null
    },

    async entries(id) {
      return sql<ExportEntry[]>`
        select l.id as leaderboard, l.decimals, s.type, s.key, e.score, e.hidden,
          (select place from final_places where player_id = e.player_id and standings_id = e.standings_id) as "finalRank"
        from leaderboard_entries e
        cross join lateral (select * from standings where id = e.standings_id limit 1) s
        cross join lateral (select * from leaderboards where no = s.leaderboard_no limit 1) l
        where e.player_id = ${id} order by l.no, s.id`
    },

    // One index probe a leaderboard, whatever the statistics say.
    async boards(id) {
      return sql<ExportBoard[]>`
        select l.no, l.id, l.decimals from leaderboards l cross join lateral (
          select 1 from submissions s where s.leaderboard_no = l.no and s.player_id = ${id} limit 1
        ) s order by l.no`
    },

    async rows(id, leaderboardNo, after, limit) {
      const {
        leaderboardNo: board,
        playerId,
        createdAt: at,
        xid: _,
        occurredSent: __,
        ...row
      } = getTableColumns(submissions)
      const rows = await db
        .select({ ...row, at })
        .from(submissions)
        .where(and(eq(board, leaderboardNo), eq(playerId, id), gt(submissions.id, after)))
        .orderBy(submissions.id)
        .limit(limit)
      return rows.map((one) => ({ ...one, effects: one.effects.map(toEffect) }))
    },

    // One text: the driver takes longer to parse rows than Postgres to find them, and ids hold no comma.
    async matchIds(id) {
      const [row] = await sql<{ ids: string | null }[]>`
        select string_agg(match_id, ',' order by match_id) as ids from match_results where player_id = ${id}`
      return row?.ids?.split(',') ?? []
    },

    // By the match first: with both keys a planner without statistics may walk all matches of the player for each.
    async matches(id, matchIds) {
      return sql<ExportMatch[]>`
        select m.id, l.id as leaderboard, m.type, m.status, m.verification, m.scheduled_at as "scheduledAt",
          m.completed_at as "completedAt", r.placement, r.result, r.kills, r.deaths, r.assists, r.accuracy, r.score,
          r.rating_before as "ratingBefore", r.rating_change as "ratingChange"
        from unnest(${matchIds}::text[]) k (id)
        cross join lateral (select * from matches where id = k.id limit 1) m
        cross join lateral (
          select * from (select * from match_results where match_id = m.id offset 0) r where player_id = ${id} limit 1
        ) r
        cross join lateral (select * from leaderboards where no = m.leaderboard_no limit 1) l`
    },

    async decisionsAbout(id) {
      const { at, action, actor, reason, matchId } = moderationLog
      return db
        .select({ at, action, actor, reason, matchId })
        .from(moderationLog)
        .where(eq(moderationLog.playerId, id))
        .orderBy(moderationLog.id)
    },

    async decisionsBy(id, matchIds) {
      return sql<ExportDecision[]>`
        select l.at, l.action, l.actor, l.reason, l.match_id as "matchId"
        from unnest(${matchIds}::text[]) k (id)
        cross join lateral (
          select * from moderation_log where match_id = k.id and actor = ${id} and player_id is distinct from ${id} order by id
        ) l`
    },
  }
}

function toEffect({ s, k, a, b, r }: StoredEffect): ExportRow['effects'][number] {
  return { standingsId: s ?? null, selector: k ?? null, score: a, previous: b, reason: r ?? null }
}
