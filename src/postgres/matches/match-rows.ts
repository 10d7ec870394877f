import { isDeepStrictEqual } from 'node:util'
import type { Match, Moved, Participant, ReportedResult, Transition } from '../../actions/ports/matches.ts'
import { afterStep, type MatchState } from '../../ranking/match.ts'
import type { Sql, Tagged } from '../connection/client.ts'
import type { matches } from '../schema/matches.ts'
import type { StandingsStore } from '../../actions/ports/standings.ts'
import type { SeasonStore } from '../../actions/ports/seasons.ts'

type Slot = Participant & { appliedId: number | null }
/** A match with the ledger ids that applied it. */
export type StoredMatch = Omit<Match, 'participants'> & { participants: Slot[] }

type Row = Omit<typeof matches.$inferSelect, 'lastStep'> & { lastStep: Match['lastStep']; participants: Slot[] }

/** One match as it is stored; null when there is none. */
export async function readMatch(sql: Tagged, id: string): Promise<StoredMatch | null> {
  const [row] = await sql<Row[]>`
    select id, leaderboard_no as "leaderboardNo", type, status, verification, region, scheduled_at as "scheduledAt",
      started_at as "startedAt", completed_at as "completedAt", created_at as "createdAt", last_step as "lastStep",
      last_body as "lastBody",
      (select json_agg(json_build_object('playerId', r.player_id, 'placement', r.placement, 'result', r.result,
          'kills', r.kills, 'deaths', r.deaths, 'assists', r.assists, 'accuracy', r.accuracy, 'score', r.score,
          'ratingBefore', r.rating_before, 'ratingChange', r.rating_change, 'appliedId', r.applied_id) order by r.slot)
        from match_results r where r.match_id = m.id) as participants
    from matches m where id = ${id}`.execute()
  if (!row) return null
  return {
    ...row,
    scheduledAt: row.scheduledAt?.getTime() ?? null,
    startedAt: row.startedAt?.getTime() ?? null,
    completedAt: row.completedAt?.getTime() ?? null,
    createdAt: row.createdAt.getTime(),
  }
}

/** Locks a match until the transaction ends; what is read after it is current. */
export const lockMatch = (tx: Tagged, id: string) => tx`select 1 from matches where id = ${id} for update`.execute()

/** Writes a transition with its line in the log. The match has to be locked. */
export async function writeTransition(
  tx: Tagged,
  id: string,
  { step, body, actor, reason, completion }: Transition,
  to: MatchState,
): Promise<void> {
  await Promise.all([
    tx`
      update matches set status = ${to.status}, verification = ${to.verification}, last_step = ${step},
        last_body = ${JSON.stringify(body)}::text::jsonb,
        started_at = case when ${step === 'START'} then now() else started_at end,
        completed_at = coalesce(to_timestamp(${completion?.at ?? null}::int8 / 1000.0), completed_at)
      where id = ${id}`.execute(),
    completion && writeResults(tx, id, completion.results),
    writeLogLine(tx, id, { step, actor, reason }),
  ])
}

export const writeLogLine = (tx: Tagged, id: string, line: Pick<Transition, 'step' | 'actor' | 'reason'>) =>
  tx`insert into moderation_log (actor, action, match_id, reason)
    values (${line.actor}, ${line.step}, ${id}, ${line.reason})`.execute()

/** Notes what a match did to the ratings of its participants, by their place in it, and the ledger rows that did it. */
export function writeRatings(
  tx: Tagged,
  matchId: string,
  ratings: { slot: number; before: number | null; change: number | null; id: number }[],
) {
  return tx`
    update match_results m set rating_before = r.before, rating_change = r.change, applied_id = r.id
    from json_to_recordset(${JSON.stringify(ratings)}::text::json) r (slot int2, before int, change int, id int8)
    where m.match_id = ${matchId} and m.slot = r.slot`.execute()
}

export const clearRatings = (tx: Tagged, matchId: string) =>
  tx`update match_results set rating_before = null, rating_change = null, applied_id = null
    where match_id = ${matchId}`.execute()

function writeResults(tx: Tagged, id: string, results: ReportedResult[]) {
  return tx`
    update match_results m set placement = r.placement, result = r.result, kills = r.kills, deaths = r.deaths,
      assists = r.assists, accuracy = r.accuracy, score = r.score
    from json_to_recordset(${JSON.stringify(results)}::text::json) r (slot int2, placement int2, result result_type,
      kills int, deaths int, assists int, accuracy float8, score float8)
    where m.match_id = ${id} and m.slot = r.slot`.execute()
}

/** Where a step leads from here, whether it is the last one once more, or that it cannot be taken. */
export function judge(match: Match, { step, body }: Transition): MatchState | 'repeated' | 'refused' {
  // A completion that verified has been both.
  const verified = step === 'VERIFY' && match.lastStep === 'COMPLETE' && match.verification === 'VERIFIED'
  if (verified || (match.lastStep === step && isDeepStrictEqual(match.lastBody, body))) return 'repeated'
  return afterStep(match, step) ?? 'refused'
}

export function unmoved(outcome: 'repeated' | 'refused', match: Match): Moved {
  return { outcome, match, rows: [], changed: null }
}
export interface MatchStoreOptions {
  sql: Sql
  standings: StandingsStore
  seasons: Pick<SeasonStore, 'of'>
}
