import type { RowOf } from '../schema/rows.ts'
import type { standings } from '../schema/standings.ts'
import type { TrendStore } from '../../actions/ports/trends.ts'
import type { EarlierRanks } from '../../ranking/trend.ts'
import { createCache } from '../connection/cache.ts'
import type { Sql } from '../connection/client.ts'
import { withDeadline } from '../../timing/deadline.ts'

// About 70 KB each at most.
const cachedMax = 500
const ttlMs = 60_000
// Ranks are useful without trends: while Postgres is unreachable, reads do not wait for trends.
const patienceMs = 200
const awayMs = 5000

const none: EarlierRanks = new Map()

/** Daily snapshots of the first ranks, read through a bounded cache. */
export function createTrendStore(sql: Sql): TrendStore {
  const cache = createCache<number, EarlierRanks>({ name: 'trends', max: cachedMax, ttlMs })
  let awayUntil = 0

  const read = async (standingsId: number): Promise<EarlierRanks | null> => {
    try {
      const query = sql<{ ranks: Record<string, number> }[]>`
        select ranks from trend_snapshots where standings_id = ${standingsId}`
      const [row] = await withDeadline(query, patienceMs, 'trends')
      return row ? new Map(Object.entries(row.ranks)) : none
    } catch {
      awayUntil = performance.now() + awayMs
      return null
    }
  }

  return {
    of(standingsId) {
      if (performance.now() < awayUntil) return cache.get(standingsId) ?? none
      const found = cache.load(standingsId, () => read(standingsId))
      return found instanceof Promise ? found.then((ranks) => ranks ?? none) : (found ?? none)
    },

    async due(board, { key: day, startsAt }, limit) {
      const rows = await sql<RowOf<typeof standings, 'id'>[]>`
        select s.id from standings s left join trend_snapshots t on t.standings_id = s.id
        where s.leaderboard_no = ${board.no} and s.status = 'OPEN' and s.type <> 'DAILY'
          and s.created_at < ${new Date(startsAt)} and (t.taken_on is null or t.taken_on < ${day}::text::date)
        order by s.id limit ${limit}`
      return rows.map((row) => row.id)
    },

    async save(standingsId, day, ranks) {
      await sql`
        insert into trend_snapshots (standings_id, taken_on, ranks)
        select id, ${day}::text::date, ${JSON.stringify(Object.fromEntries(ranks))}::text::jsonb
        from standings where id = ${standingsId}
        on conflict (standings_id) do update set taken_on = excluded.taken_on, ranks = excluded.ranks
          where trend_snapshots.taken_on < excluded.taken_on`
      cache.delete(standingsId)
    },

    forget(ids) {
      if (ids === 'all') cache.clear()
      else ids.forEach((id) => cache.delete(id))
    },
  }
}
