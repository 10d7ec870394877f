import type { RowOf } from '../schema/rows.ts'
import type { players } from '../schema/players.ts'
import { batchByTurn } from '../../timing/batch-by-turn.ts'
import type { PlayerProfile, PlayerStore } from '../../actions/ports/players.ts'
import { createCache } from '../connection/cache.ts'
import type { Sql } from '../connection/client.ts'
import { withDeadline } from '../../timing/deadline.ts'

type Row = RowOf<typeof players, 'id' | 'display_name' | 'region' | 'country' | 'avatar_url' | 'metadata'>

const cachedMax = 200_000
// Ranks are useful without names: while Postgres is unreachable, reads do not wait for names.
const patienceMs = 500
const awayMs = 1000

/** Profiles behind a bounded cache. */
export function createPlayerStore(sql: Sql, ttlMs: number): PlayerStore {
  const cache = createCache<string, PlayerProfile>({ name: 'profiles', max: cachedMax, ttlMs })
  // One a read under way: whose profiles were dropped since it began. What it read of those may be old.
  const reads = new Set<{ dropped: Set<string>; all: boolean }>()
  let awayUntil = 0
  let revision = 0
  const columns = sql.unsafe('id, display_name, region, country, avatar_url, metadata')

  // One query per turn of the event loop for all callers, with one index probe per id, whatever the statistics say.
  const load = batchByTurn(
    () => 0,
    async (_: typeof sql, ids: string[]) => {
      const query = sql<Row[]>`
        select p.* from unnest(${[...new Set(ids)]}::text[]) k (id)
        cross join lateral (select ${columns} from players where id = k.id limit 1) p`
      const read = { dropped: new Set<string>(), all: false }
      reads.add(read)
      const rows = await withDeadline(query, patienceMs, 'profiles').catch(() => {
        awayUntil = performance.now() + awayMs
        return []
      })
      for (const row of rows) if (!read.all && !read.dropped.has(row.id)) cache.set(row.id, toProfile(row))
      // Not before what it read is kept: what is dropped in between would not be heard of.
      reads.delete(read)
      const loaded = new Map(rows.map((row) => [row.id, toProfile(row)]))
      return ids.map((id) => loaded.get(id))
    },
  )

  return {
    profiles(ids) {
      const found = new Map<string, PlayerProfile>()
      const missing: string[] = []
      for (const id of ids) {
        const profile = cache.get(id)
        if (profile) found.set(id, profile)
        else missing.push(id)
      }
      if (missing.length === 0 || performance.now() < awayUntil) return found
      return Promise.all(missing.map((id) => load(sql, id))).then((loaded) => {
        for (const profile of loaded) if (profile) found.set(profile.playerId, profile)
        return found
      })
    },

    async find(id) {
      const rows = await sql<Row[]>`select ${columns} from players where id = ${id}`
      return rows[0] ? toProfile(rows[0]) : null
    },

    forget(ids) {
      revision += 1
      for (const read of reads) {
        if (ids === 'all') read.all = true
        else ids.forEach((id) => read.dropped.add(id))
      }
      if (ids === 'all') cache.clear()
      else ids.forEach((id) => cache.delete(id))
    },

    // What is not cached here may have changed anywhere.
    revision: () => (ttlMs > 0 ? revision : ++revision),
  }
}

function toProfile(row: Row): PlayerProfile {
  return {
    playerId: row.id,
    displayName: row.display_name,
    region: row.region,
    country: row.country,
    avatarUrl: row.avatar_url,
    metadata: row.metadata,
  }
}
