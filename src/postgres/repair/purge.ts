import type { RowOf } from '../schema/rows.ts'
import type { standings } from '../schema/standings.ts'
import { deadlineOver } from '../connection/read-limits.ts'
import type { Deleted, EntryCursor, PurgeStore } from '../../actions/ports/purge.ts'
import type { Pool, Tagged } from '../connection/client.ts'

const queryMs = 15_000
const claimSeconds = 60
// It comes back after 10 s, 20 s, 40 s ... since the deletion, but for each 10 minutes.
const waits = { soon: `interval '10 seconds'`, longest: `interval '10 minutes'` }

/** Takes every standings of these out of use: SEALED is what no writer and no repair touches. */
export async function sealDeleted(sql: Tagged, standingsIds: number[]): Promise<void> {
  await sql`
    update standings set status = 'SEALED', sealed_at = now(), indexed = false
    where id = any(${standingsIds}::int8[]) and (status <> 'SEALED' or indexed)`
}

/** What is left of deleted leaderboards. Every call is safe when several nodes make it at once, and whenever it is cut. */
export function createPurgeStore(pool: Pool): PurgeStore {
  const { sql } = pool
  const inTime = deadlineOver(pool, queryMs, 'purge query')

  return {
    async claim(keepMs) {
      const [row] = await inTime(sql<Deleted[]>`
        update leaderboards set purge_at = now() + make_interval(secs => ${claimSeconds})
        where no = (select no from leaderboards where purge_at <= now() order by purge_at limit 1 for update skip locked)
        returning no, id, deleted_at <= now() - make_interval(secs => ${keepMs / 1000}::float8) as final`)
      return row ?? null
    },

    async standings(no, after, limit) {
      return inTime(sql<RowOf<typeof standings, 'id' | 'type' | 'key'>[]>`
        select id, type, key from standings
        where leaderboard_no = ${no} ${after === null ? sql`` : sql`and (type, key) > (${after.type}::text::leaderboard_type, ${after.key})`}
        order by leaderboard_no, type, key limit ${limit}`)
    },

    seal: (ids) => inTime(sealDeleted(sql, ids)),

    // In the order of the index, from where the last call got to: what was deleted is not walked over again.
    async deleteEntries(ids, after, limit) {
      const sorted = ids.toSorted((a, b) => a - b)
      const { standingsId, playerId } = after ?? { standingsId: 0, playerId: '' }
      const rows = await inTime(sql<EntryCursor[]>`
        with picked as materialized (
          select e.standings_id, e.player_id from unnest(${sorted}::int8[]) s (id)
          cross join lateral (
            select standings_id, player_id from leaderboard_entries
            where standings_id = s.id and player_id > case when s.id = ${standingsId} then ${playerId} else '' end
            order by standings_id, player_id limit ${limit}
          ) e
          where s.id >= ${standingsId} limit ${limit}
        ), gone as (
          delete from leaderboard_entries e using picked p
          where e.standings_id = p.standings_id and e.player_id = p.player_id
        )
        select standings_id as "standingsId", player_id as "playerId" from picked order by 1 desc, 2 desc limit 1`)
      return rows[0] ?? null
    },

    async deletePlaces(ids, limit) {
      const work = async () => sql`
        with picked as materialized (
          select p.standings_id, p.place from unnest(${ids}::int8[]) s (id)
          cross join lateral (
            select standings_id, place from final_places where standings_id = s.id order by standings_id, place limit ${limit}
          ) p limit ${limit}
        )
        delete from final_places f using picked p where f.standings_id = p.standings_id and f.place = p.place`
      return (await inTime(work())).count
    },

    async deleteLedger(no, after, limit) {
      const [row] = await inTime(sql<{ last: string | null }[]>`
        with picked as materialized (
          select player_id, id from submissions where leaderboard_no = ${no} and player_id >= ${after ?? ''}
          order by leaderboard_no, player_id, id limit ${limit}
        ), gone as (
          delete from submissions s using picked p
          where s.leaderboard_no = ${no} and s.player_id = p.player_id and s.id = p.id
        )
        select max(player_id) as last from picked`)
      return row!.last
    },

    async deleteStandings(ids) {
      await inTime((async () => sql`delete from standings where id = any(${ids}::int8[])`)())
    },

    async settle(no, next) {
      const soon = sql.unsafe(`now() + ${waits.soon}`)
      const later = sql.unsafe(`now() + least(greatest(now() - deleted_at, ${waits.soon}), ${waits.longest})`)
      const at = next === 'done' ? sql`null` : next === 'soon' ? soon : later
      await inTime((async () => sql`update leaderboards set purge_at = ${at} where no = ${no}`)())
    },
  }
}
