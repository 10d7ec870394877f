import type { Season, SeasonCreation, SeasonStore } from '../../actions/ports/seasons.ts'
import type { Log } from '../../log.ts'
import type { Sql } from '../connection/client.ts'
import { createPolling, type Polling } from '../../timing/polling.ts'
import { earlier } from './sealing.ts'
import { inTransaction } from '../connection/transaction.ts'

interface Row {
  slug: string
  leaderboard_no: number
  leaderboard: string
  standings_id: number
  title: string
  starts_ms: number
  ends_ms: number
  removed: boolean
}

/** Seasons, all in memory: loaded at first, then what changed is polled every 0.5 s, by transaction ids as leaderboards are. */
export function createSeasonStore(sql: Sql, log: Log): SeasonStore & Polling {
  const bySlug = new Map<string, Season>()
  const byBoard = new Map<number, Season[]>()
  let since = '0'
  let loaded = false
  // A poll that was under way meanwhile may have read an older state.
  let changes = 0
  let loading: Promise<void> | null = null

  const columns = sql.unsafe(`s.slug, s.leaderboard_no, l.id as leaderboard, s.standings_id, s.title,
    (extract(epoch from s.starts_at) * 1000)::int8 as starts_ms,
    (extract(epoch from s.ends_at) * 1000)::int8 as ends_ms, l.deleted_at is not null as removed`)

  const drop = ({ slug, leaderboardNo }: Season) => {
    bySlug.delete(slug)
    const rest = (byBoard.get(leaderboardNo) ?? []).filter((season) => season.slug !== slug)
    byBoard.set(leaderboardNo, rest)
    return rest
  }
  const remember = (season: Season): Season => {
    const known = bySlug.get(season.slug)
    // The slug may have been that of a removed leaderboard's season.
    if (known) drop(known)
    const others = byBoard.get(season.leaderboardNo) ?? []
    bySlug.set(season.slug, season)
    byBoard.set(
      season.leaderboardNo,
      [...others, season].sort((a, b) => a.startsAt - b.startsAt),
    )
    return season
  }
  const changed = (season: Season): Season => {
    changes += 1
    return remember(season)
  }
  const poll = async (): Promise<void> => {
    const before = changes
    const [mark] = await sql<{ xmin: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`
    const rows = await sql<Row[]>`
      select ${columns} from seasons s join leaderboards l on l.no = s.leaderboard_no
      where s.xid >= ${since}::text::xid8`
    if (before !== changes) return poll()
    rows.map(toSeason).forEach(remember)
    since = mark!.xmin
    loaded = true
  }
  const load = (): Promise<void> => (loading ??= poll().finally(() => (loading = null)))

  return {
    ...createPolling(load, 'seasons could not be read', log),

    of: ({ no }) => (loaded ? (byBoard.get(no) ?? []) : load().then(() => byBoard.get(no) ?? [])),

    async list(board) {
      const rows = await sql<Row[]>`
        select ${columns} from leaderboards l join seasons s on s.leaderboard_no = l.no
        where l.deleted_at is null ${board ? sql`and l.no = ${board.no}` : sql``} order by l.id, s.starts_at`
      return rows.map(toSeason)
    },

    async create(board, { slug, title, startsAt, endsAt }) {
      const result = await inTransaction(sql, async (tx): Promise<SeasonCreation> => {
        // One creation of a leaderboard at a time: the next one sees this season.
        const alive = await tx`
          select 1 from leaderboards where no = ${board.no} and deleted_at is null for no key update`
        if (alive.length === 0) return { gone: true }
        const [same] = await tx<Row[]>`
          select ${columns} from seasons s join leaderboards l on l.no = s.leaderboard_no where s.slug = ${slug}`
        if (same && !same.removed) return { taken: toSeason(same) }
        if (same) await tx`delete from seasons where slug = ${slug} and leaderboard_no = ${same.leaderboard_no}`
        const [other] = await tx<Row[]>`
          select ${columns} from seasons s join leaderboards l on l.no = s.leaderboard_no
          where s.leaderboard_no = ${board.no} and s.starts_at < ${new Date(endsAt)} and s.ends_at > ${new Date(startsAt)}
          order by s.starts_at limit 1`
        if (other) return { overlaps: toSeason(other) }
        const [row] = await tx<{ id: number }[]>`
          insert into standings (leaderboard_no, type, key, starts_at, ends_at)
          values (${board.no}, 'SEASONAL', ${slug}, ${new Date(startsAt)}, ${new Date(endsAt)}) returning id`
        const standingsId = row!.id
        // Taken meanwhile by another leaderboard's season: 23505, and the transaction runs again and sees it.
        await tx`
          insert into seasons (slug, leaderboard_no, standings_id, title, starts_at, ends_at, created_at)
          values (${slug}, ${board.no}, ${standingsId}, ${title}, ${new Date(startsAt)}, ${new Date(endsAt)},
            clock_timestamp())`
        const { no: leaderboardNo, id: leaderboard } = board
        return { created: { slug, leaderboardNo, leaderboard, standingsId, title, startsAt, endsAt } }
      })
      if ('created' in result) changed(result.created)
      return result
    },

    async close(slug, asked) {
      const result = await inTransaction(sql, async (tx) => {
        const [end] = await tx<
          { ms: number }[]
        >`select floor(extract(epoch from ${earlier(tx, asked)}) * 1000)::int8 as ms`
        const at = end!.ms
        const [row] = await tx<Row[]>`
          select ${columns} from seasons s join leaderboards l on l.no = s.leaderboard_no
          where s.slug = ${slug} for no key update of s`
        if (!row || row.removed) return null
        const season = toSeason(row)
        if (season.startsAt >= at) return 'not-begun'
        if (season.endsAt <= at) return season
        await tx`update seasons set ends_at = ${new Date(at)}, xid = pg_current_xact_id() where slug = ${slug}`
        await tx`
          update standings set ends_at = ${new Date(at)},
            status = case when status = 'OPEN' then 'CLOSING'::standings_status else status end
          where id = ${season.standingsId}`
        return { ...season, endsAt: at }
      })
      return typeof result === 'object' && result !== null ? changed(result) : result
    },

    forget() {
      changes += 1
      bySlug.clear()
      byBoard.clear()
      since = '0'
      loaded = false
    },
  }
}

function toSeason(row: Row): Season {
  return {
    slug: row.slug,
    leaderboardNo: row.leaderboard_no,
    leaderboard: row.leaderboard,
    standingsId: row.standings_id,
    title: row.title,
    startsAt: row.starts_ms,
    endsAt: row.ends_ms,
  }
}
