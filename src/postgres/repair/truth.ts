import type { RowOf } from '../schema/rows.ts'
import type { leaderboardEntries } from '../schema/leaderboard-entries.ts'
import type { standings } from '../schema/standings.ts'
import { effectStandings } from '../ledger/stored-effects.ts'
import { deadlineOver } from '../connection/read-limits.ts'
import type { RankRow } from '../../actions/ports/ranks.ts'
import type { Changes, Truth } from '../../actions/ports/truth.ts'
import type { StoredEntry } from '../../actions/ports/lists.ts'
import type { Pool, Sql } from '../connection/client.ts'

type EntryRow = RowOf<typeof leaderboardEntries, 'player_id' | 'score' | 'version' | 'tie' | 'hidden'>

type Fragment = ReturnType<Sql>

// For a query by key, and for a page: far above what a busy server takes.
const queryMs = 3000
const pageMs = 15_000
/** Ledger rows: some 50 ms of Postgres. */
const changesPage = 20_000
/** Redis is asked for these at once, which holds up everybody else's calls. */
const playersPerText = 500

/** What lists in Redis are repaired from. Without an answer in time the pool gets a fresh client. */
export function createTruth(pool: Pool): Truth {
  const { sql } = pool
  const inTime = deadlineOver(pool, queryMs, 'repair query')

  // In pages by transaction, as Postgres can sum them up: one change an entry, in texts that go to Redis as they are, is far
  // less work for this process than a row a submission, of which there are as many as the lanes write.
  async function* pages(where: Fragment, from: string): AsyncGenerator<Changes[]> {
    for (let next = from, limit = changesPage; ;) {
      const [row] = await inTime(
        sql<{ changes: string | null; count: number; last: string | null }[]>`
          with page as (
            select id, xid, leaderboard_no, player_id, effects from submissions
            where xid >= ${next}::text::xid8 and ${where} order by xid limit ${limit}
          ), changed as (
            select leaderboard_no, ${sql.unsafe(effectStandings)} as standings_id, player_id, max(id) as version
            from page cross join lateral jsonb_array_elements(effects) effect
            where effect ? 's' and not effect ? 'r' group by 1, 2, 3
          ), numbered as (
            select *, row_number() over (partition by leaderboard_no, standings_id) - 1 as at from changed
          ), texts as (
            select leaderboard_no, standings_id, string_agg(player_id || ' ' || version, ' ') as versions
            from numbered group by 1, 2, at / ${playersPerText}::int
          )
          select
            (select json_agg(json_build_array(leaderboard_no, standings_id, versions))::text from texts) as changes,
            (select count(*) from page)::int as count,
            (select xid::text from page order by page.xid desc limit 1) as last`,
        pageMs,
      )
      const { changes, count, last } = row!
      const listed = JSON.parse(changes ?? '[]') as [number, number, string][]
      yield listed.map(([leaderboardNo, standingsId, versions]) => ({ leaderboardNo, standingsId, versions }))
      if (count < limit) return
      // The last transaction may go on, so the next page begins with it; one that fills a page needs a longer one.
      limit = last === next ? limit * 2 : changesPage
      next = last!
    }
  }

  return {
    // Pages by key rather than one cursor: no snapshot is held while Redis takes the rows. One JSON text a page, since the
    // driver takes longer to parse rows than Postgres to find them.
    async *walk(standingsId, size, from = '') {
      const page = async (after: string) => {
        const [row] = await inTime(
          sql<{ rows: string | null; last: string | null }[]>`
            select json_agg(json_build_array(player_id, score, version, tie) order by score)::text as rows,
              max(player_id) as last
            from (
              select player_id, score, version, tie from leaderboard_entries
              where standings_id = ${standingsId} and player_id > ${after} and not hidden order by player_id limit ${size}
            ) e`,
          pageMs,
        )
        return { rows: JSON.parse(row!.rows ?? '[]') as StoredEntry[], last: row!.last }
      }
      // The next page is read while the caller works on this one.
      let next: Promise<Awaited<ReturnType<typeof page>> | null> = page(from)
      for (;;) {
        const read = await next
        if (!read?.last) return
        next = read.rows.length < size ? Promise.resolve(null) : page(read.last)
        next.catch(() => {}) // a caller that stops early does not wait for it
        yield { rows: read.rows, last: read.last }
      }
    },

    async firstPages(standingsIds, size) {
      const [row] = await inTime(
        sql<{ pages: string | null }[]>`
          select json_agg(json_build_array(s.id, e.rows, e.last))::text as pages
          from unnest(${standingsIds}::int8[]) s (id) cross join lateral (
            select json_agg(json_build_array(player_id, score, version, tie) order by score) as rows, max(player_id) as last
            from (
              select player_id, score, version, tie from leaderboard_entries
              where standings_id = s.id and not hidden order by player_id limit ${size}
            ) page
          ) e where e.last is not null`,
        pageMs,
      )
      const pages = JSON.parse(row!.pages ?? '[]') as [number, StoredEntry[], string][]
      return new Map(pages.map(([id, rows, last]) => [id, { rows, last }]))
    },

    async entries(list, versions) {
      const rows = await inTime(
        sql<EntryRow[]>`
          select player_id, score, version, tie, hidden from leaderboard_entries
          where standings_id = ${list.standings.id} and player_id = any(${versions.map((one) => one.playerId)}::text[])`,
      )
      const found = new Map(rows.map((row) => [row.player_id, row]))
      return versions.map(({ playerId, version }) =>
        toRankRow(list, found.get(playerId) ?? { player_id: playerId, score: 0, version, tie: version, hidden: true }),
      )
    },

    async visible(standingsId, playerIds) {
      const [row] = await inTime(
        sql<{ rows: string | null }[]>`
          select json_agg(json_build_array(player_id, score, version, tie))::text as rows from leaderboard_entries
          where standings_id = ${standingsId} and player_id = any(${playerIds}::text[]) and not hidden`,
      )
      return JSON.parse(row!.rows ?? '[]') as StoredEntry[]
    },

    // The identity changes with the cluster, its timeline (a standby was promoted, an archive replayed), the database, and
    // the ledger's file (a dump was restored into it).
    async position() {
      const [row] = await inTime(
        sql<{ identity: string; last_id: number; snapshot: string }[]>`
          select md5(concat_ws(' ', c.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid,
              pg_relation_filenode('submissions'))) as identity,
            (select last_value from submissions_id_seq) as last_id, pg_current_snapshot()::text as snapshot
          from pg_control_system() c, pg_database d where d.datname = current_database()`,
      )
      const { identity, last_id: lastId, snapshot } = row!
      const [, xmax, open] = snapshot.split(':')
      return { identity, lastId, snapshot: { xmax: xmax!, open: open === '' ? [] : open!.split(',') } }
    },

    async *changes(since, to) {
      // What was open then, a transaction that somebody forgot, say, costs a probe of the index for each.
      if (since.open.length > 0) yield* pages(sql`xid = any(${since.open}::text[]::xid8[])`, '0')
      yield* pages(sql`xid < ${to}::text::xid8`, since.xmax)
    },

    async standingsIds(leaderboardNo) {
      const rows = await inTime(
        sql<RowOf<typeof standings, 'id'>[]>`select id from standings where leaderboard_no = ${leaderboardNo}`,
      )
      return rows.map((row) => row.id)
    },
  }
}

function toRankRow(of: RankRow | { board: RankRow['board']; standings: RankRow['standings'] }, row: EntryRow): RankRow {
  const { score, version, tie, hidden } = row
  return { board: of.board, standings: of.standings, playerId: row.player_id, score, version, tie, hidden }
}
