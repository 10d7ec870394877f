import { and, eq, getTableColumns, gt, gte, isNull, lt, sql as expression, type SQL } from 'drizzle-orm'
import type { Season, SeasonCreation, SeasonStore } from '../../actions/ports/seasons.ts'
import type { Log } from '../../log.ts'
import type { Sql, Tagged } from '../connection/client.ts'
import { builderOn } from '../connection/builder.ts'
import { leaderboards } from '../schema/leaderboards.ts'
import { seasons } from '../schema/seasons.ts'
import { standings } from '../schema/standings.ts'
import { createPolling, type Polling } from '../../timing/polling.ts'
import { earlier } from './sealing.ts'
import { inTransaction } from '../connection/transaction.ts'

/** Seasons, all in memory: loaded at first, then what changed is polled every 0.5 s, by transaction ids as leaderboards are. */
export function createSeasonStore(sql: Sql, log: Log): SeasonStore & Polling {
  const bySlug = new Map<string, Season>()
  const byBoard = new Map<number, Season[]>()
  let since = '0'
  let loaded = false
  // A poll that was under way meanwhile may have read an older state.
  let changes = 0
  let loading: Promise<void> | null = null

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
    const rows = await selectFrom(sql).where(gte(seasons.xid, since))
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
      const rows = await selectFrom(sql)
        .where(and(isNull(leaderboards.deletedAt), board ? eq(leaderboards.no, board.no) : undefined))
        .orderBy(leaderboards.id, seasons.startsAt)
      return rows.map(toSeason)
    },

    async create(board, { slug, title, startsAt, endsAt }) {
      const result = await inTransaction(sql, async (tx): Promise<SeasonCreation> => {
        // One creation of a leaderboard at a time: the next one sees this season.
        const alive = await tx`
          select 1 from leaderboards where no = ${board.no} and deleted_at is null for no key update`
        if (alive.length === 0) return { gone: true }
        const [same] = await selectFrom(tx).where(eq(seasons.slug, slug))
        if (same && same.deletedAt === null) return { taken: toSeason(same) }
        const db = builderOn(tx)
        if (same) await db.delete(seasons).where(ofBoard(same.leaderboardNo, eq(seasons.slug, slug)))
        const { no: leaderboardNo, id: leaderboard } = board
        const times = { startsAt: new Date(startsAt), endsAt: new Date(endsAt) }
        const [other] = await selectFrom(tx)
          .where(ofBoard(leaderboardNo, lt(seasons.startsAt, times.endsAt), gt(seasons.endsAt, times.startsAt)))
          .orderBy(seasons.startsAt)
          .limit(1)
        if (other) return { overlaps: toSeason(other) }
        const [row] = await db
          .insert(standings)
          .values({ leaderboardNo, type: 'SEASONAL', key: slug, ...times })
          .returning({ id: standings.id })
        const standingsId = row!.id
        // Another leaderboard's season may have taken the slug: 23505, and the transaction runs again and sees it.
        await db.insert(seasons).values({ slug, leaderboardNo, standingsId, title, ...times, createdAt: clock })
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
        const [row] = await selectFrom(tx).where(eq(seasons.slug, slug)).for('no key update', { of: seasons })
        if (!row || row.deletedAt !== null) return null
        const season = toSeason(row)
        if (season.startsAt >= at) return 'not-begun'
        if (season.endsAt <= at) return season
        const db = builderOn(tx)
        await db
          .update(seasons)
          .set({ endsAt: new Date(at), xid: changeId })
          .where(eq(seasons.slug, slug))
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

const clock = expression`clock_timestamp()`
const changeId = expression`pg_current_xact_id()`
const { createdAt: _createdAt, xid: _xid, ...own } = getTableColumns(seasons)
const columns = { ...own, leaderboard: leaderboards.id, deletedAt: leaderboards.deletedAt }
const selectFrom = (sql: Tagged) =>
  builderOn(sql).select(columns).from(seasons).innerJoin(leaderboards, eq(leaderboards.no, seasons.leaderboardNo))
const ofBoard = (no: number, ...conditions: SQL[]) => and(eq(seasons.leaderboardNo, no), ...conditions)

type Row = Awaited<ReturnType<typeof selectFrom>>[number]

function toSeason(row: Row): Season {
  const { deletedAt: _, startsAt, endsAt, ...season } = row
  return { ...season, startsAt: startsAt.getTime(), endsAt: endsAt.getTime() }
}
