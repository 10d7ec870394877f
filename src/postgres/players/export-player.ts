import type {
  ExportBoard,
  ExportDecision,
  ExportEntry,
  ExportMatch,
  ExportPlayer,
  ExportRow,
  ExportStore,
} from '../../actions/ports/exports.ts'
import type { Sql } from '../connection/client.ts'
import type { StoredEffect } from '../schema/submissions.ts'

type StoredRow = Omit<ExportRow, 'effects'> & { effects: StoredEffect[] }

/** Everything that is kept about a person, straight from Postgres. */
export function createExportStore(sql: Sql): ExportStore {
  return {
    async player(id) {
      const rows = await sql<ExportPlayer[]>`
        select id as "playerId", display_name as "displayName", region, country, avatar_url as "avatarUrl", metadata,
          banned_at as "bannedAt", created_at as "createdAt", updated_at as "updatedAt"
        from players where id = ${id}`
      return rows[0] ?? null
    },

    async totals(id) {
      const rows = await sql<Record<string, number>[]>`
        select matches, wins, losses, draws, kills, deaths, assists, accuracy_sum as "accuracySum",
          accuracy_count as "accuracyCount", current_streak as "currentStreak", best_streak as "bestStreak",
          best_rating as "bestRating"
        from player_totals where player_id = ${id}`
      return rows[0] ?? null
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
      const rows = await sql<StoredRow[]>`
        select id, kind, submission_id as "submissionId", score, session_id as "sessionId", match_id as "matchId", reason,
          occurred_at as "occurredAt", created_at as at, metadata, effects
        from submissions where leaderboard_no = ${leaderboardNo} and player_id = ${id} and id > ${after}
        order by id limit ${limit}`
      return rows.map((row) => ({ ...row, effects: row.effects.map(toEffect) }))
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
      return sql<ExportDecision[]>`
        select at, action, actor, reason, match_id as "matchId" from moderation_log
        where player_id = ${id} order by moderation_log.id`
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
