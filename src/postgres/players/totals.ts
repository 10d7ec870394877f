import type { TotalsStore } from '../../actions/ports/totals.ts'
import {
  addResult,
  countTotals,
  noTotals,
  type AppliedResult,
  type CountedResult,
  type Totals,
} from '../../ranking/totals.ts'
import { createCache } from '../connection/cache.ts'
import type { Sql, Tagged } from '../connection/client.ts'

const cachedMax = 100_000
const columns = `matches, wins, losses, draws, kills, deaths, assists, accuracy_sum as "accuracySum",
  accuracy_count as "accuracyCount", current_streak as "currentStreak", best_streak as "bestStreak",
  best_rating as "bestRating"`

/** Totals of players behind a bounded cache. */
export function createTotalsStore(sql: Sql, ttlMs: number): TotalsStore {
  const cache = createCache<string, Totals>({ name: 'totals', max: cachedMax, ttlMs })
  return {
    read: async (playerId) =>
      cache.load(playerId, async () => {
        const [row] = await sql<(Totals & { played: boolean })[]>`
          select t.player_id is not null as played, ${sql.unsafe(columns)}
          from players p left join player_totals t on t.player_id = p.id where p.id = ${playerId}`
        if (!row) return null
        const { played, ...totals } = row
        return played ? totals : noTotals
      }),
    forget(playerIds) {
      if (playerIds === 'all') cache.clear()
      else playerIds.forEach((id) => cache.delete(id))
    },
  }
}

/** Totals of players whose rows are locked, of those that have any. */
export async function readTotals(tx: Tagged, playerIds: string[]): Promise<Map<string, Totals>> {
  const rows = await tx<(Totals & { id: string })[]>`
    select player_id as id, ${tx.unsafe(columns)} from player_totals
    where player_id = any(${playerIds}::text[])`.execute()
  return new Map(rows.map(({ id, ...totals }) => [id, totals]))
}

/** Adds a match to the totals of players, as they were read after their rows were locked. */
export function addToTotals(
  tx: Tagged,
  before: Map<string, Totals>,
  results: { playerId: string; result: AppliedResult }[],
): Promise<unknown> {
  return write(
    tx,
    results.map(({ playerId, result }) => [playerId, addResult(before.get(playerId) ?? noTotals, result)]),
  )
}

/**
 * Counts the applied matches of players again, in the order in which they were applied. A rating begins again where the
 * player was removed from the leaderboard. The players' rows are locked.
 */
export async function recountTotals(tx: Tagged, playerIds: string[]): Promise<void> {
  const rows = await tx<(CountedResult & { id: string })[]>`
    select r.player_id as id, r.result, r.kills, r.deaths, r.assists, r.accuracy, r.rating_change as change,
      concat_ws(' ', m.leaderboard_no, (
        select x.id from submissions x
        where x.leaderboard_no = m.leaderboard_no and x.player_id = r.player_id and x.id < r.applied_id
          and x.kind = 'REMOVE' order by x.id desc limit 1
      )) as ladder
    from match_results r
    cross join lateral (select leaderboard_no from matches where id = r.match_id limit 1) m
    where r.player_id = any(${playerIds}::text[]) and r.applied_id is not null
    order by r.player_id, r.applied_id`
  const results = new Map<string, CountedResult[]>(playerIds.map((id) => [id, []]))
  for (const { id, ...result } of rows) results.get(id)!.push(result)
  await write(
    tx,
    playerIds.map((id) => [id, countTotals(results.get(id)!)]),
  )
}

function write(tx: Tagged, totals: [playerId: string, totals: Totals][]) {
  const rows = totals.map(([playerId, one]) => ({ playerId, ...one }))
  return tx`
    insert into player_totals (player_id, matches, wins, losses, draws, kills, deaths, assists, accuracy_sum,
      accuracy_count, current_streak, best_streak, best_rating)
    select "playerId", matches, wins, losses, draws, kills, deaths, assists, "accuracySum", "accuracyCount",
      "currentStreak", "bestStreak", "bestRating"
    from json_to_recordset(${JSON.stringify(rows)}::text::json) r ("playerId" text, matches int, wins int, losses int,
      draws int, kills int, deaths int, assists int, "accuracySum" float8, "accuracyCount" int, "currentStreak" int,
      "bestStreak" int, "bestRating" int)
    on conflict (player_id) do update set matches = excluded.matches, wins = excluded.wins, losses = excluded.losses,
      draws = excluded.draws, kills = excluded.kills, deaths = excluded.deaths, assists = excluded.assists,
      accuracy_sum = excluded.accuracy_sum, accuracy_count = excluded.accuracy_count,
      current_streak = excluded.current_streak, best_streak = excluded.best_streak,
      best_rating = excluded.best_rating`.execute()
}
