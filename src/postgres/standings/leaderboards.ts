import { LRUCache } from 'lru-cache'
import type { LeaderboardStore } from '../../actions/ports/leaderboards.ts'
import type { Log } from '../../log.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { Sql } from '../connection/client.ts'
import { inTransaction } from '../connection/transaction.ts'
import { createPolling, type Polling } from '../../timing/polling.ts'
import { sealDeleted } from '../repair/purge.ts'
import { createReadOrder } from './read-order.ts'

interface Row {
  no: number
  id: string
  title: string
  description: string
  metric: Leaderboard['metric']
  rank_order: Leaderboard['order']
  operator: Leaderboard['operator']
  ties: Leaderboard['ties']
  rank_style: Leaderboard['rankStyle']
  types: string
  decimals: number
  min_score: number | null
  max_score: number | null
  timezone: string
  submit_by: Leaderboard['submitBy']
  live_limit: number
  tick_ms: number
  grace_ms: number
  auto_verify: boolean
  deleted: boolean
}

// Deleted with the leaderboard at once; the rest is worked off, at most some seconds later.
const sealedAtOnce = 10_000

/**
 * Definitions, all in memory: loaded at start, then what changed is polled every 0.5 s, so that all nodes agree in 1 s. By
 * transaction ids, since a commit may take any time: what was not settled at the last poll is read again.
 */
export function createLeaderboardStore(sql: Sql, log: Log): LeaderboardStore & Polling {
  const byId = new Map<string, Leaderboard>()
  const byNo = new Map<number, Leaderboard>()
  // Unknown ids, so that a flood of them is not a flood of queries; short, as a definition may be made any moment.
  const unknown = new LRUCache<string, true>({ max: 10_000, ttl: 200 })
  let since = '0'
  let loading: Promise<void> | null = null

  const columns = sql.unsafe(`no, id, title, description, metric, rank_order, operator, ties, rank_style,
    array_to_string(types, ',') as types, decimals, min_score, max_score, timezone, submit_by, live_limit, tick_ms,
    grace_ms, auto_verify, deleted_at is not null as deleted`)
  const order = createReadOrder()
  /** Answers what is known now: the row, or a newer one. */
  const remember = (row: Row, mark: number): Leaderboard => {
    const board = toLeaderboard(row)
    const known = byNo.get(board.no)
    if (!order.replaces(mark, known)) return known ?? board
    order.note(board, mark)
    unknown.delete(board.id)
    if (!row.deleted) byId.set(board.id, board)
    else if (byId.get(board.id)?.no === board.no) byId.delete(board.id)
    byNo.set(board.no, board)
    return board
  }
  const select = async (id: string) => {
    const began = order.mark()
    const rows = await sql<Row[]>`select ${columns} from leaderboards where id = ${id} and deleted_at is null`
    if (!rows[0]) unknown.set(id, true)
    return rows[0] ? remember(rows[0], began) : null
  }
  const poll = async () => {
    const began = order.mark()
    const [mark] = await sql<{ xmin: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`
    const rows = await sql<Row[]>`select ${columns} from leaderboards where xid >= ${since}::text::xid8 order by no`
    rows.forEach((row) => remember(row, began))
    since = mark!.xmin
  }
  const load = (): Promise<void> => (loading ??= poll().finally(() => (loading = null)))

  return {
    ...createPolling(load, 'leaderboard definitions could not be read', log),

    find: (id) => byId.get(id) ?? (unknown.has(id) ? null : select(id)),
    byNo: (no) => byNo.get(no) ?? null,
    async reload() {
      await loading?.catch(() => {})
      order.forget()
      byId.clear()
      byNo.clear()
      since = '0'
      await load()
    },
    async list() {
      const began = order.mark()
      const rows = await sql<Row[]>`select ${columns} from leaderboards where deleted_at is null order by id`
      const boards = rows.map((row) => remember(row, began))
      const there = new Set(boards.map((board) => board.no))
      for (const board of byId.values()) if (!there.has(board.no) && order.replaces(began, board)) byId.delete(board.id)
      return boards
    },
    async insert(board) {
      const rows = await sql<Row[]>`
        insert into leaderboards (id, title, description, metric, rank_order, operator, ties, rank_style, types, decimals, min_score,
          max_score, timezone, submit_by, live_limit, tick_ms, grace_ms, auto_verify)
        values (${board.id}, ${board.title}, ${board.description}, ${board.metric}, ${board.order}, ${board.operator}, ${board.ties},
          ${board.rankStyle}, string_to_array(${board.types.join(',')}, ',')::leaderboard_type[], ${board.decimals},
          ${board.minScore}, ${board.maxScore}, ${board.timezone}, ${board.submitBy}, ${board.liveLimit},
          ${board.tickMs}, ${board.graceMs}, ${board.autoVerify})
        on conflict (id) where deleted_at is null do nothing returning ${columns}`
      return rows[0] ? remember(rows[0], order.mark()) : null
    },
    async change(of, by) {
      const row = await inTransaction(sql, async (tx) => {
        const [now] = await tx<Row[]>`
          select ${columns} from leaderboards where no = ${of.no} and deleted_at is null for no key update`
        if (!now) return null
        const board = by(toLeaderboard(now))
        const [changed] = await tx<Row[]>`
          update leaderboards set title = ${board.title}, description = ${board.description},
            rank_style = ${board.rankStyle}, min_score = ${board.minScore}, max_score = ${board.maxScore},
            types = string_to_array(${board.types.join(',')}, ',')::leaderboard_type[], submit_by = ${board.submitBy},
            live_limit = ${board.liveLimit}, tick_ms = ${board.tickMs}, grace_ms = ${board.graceMs},
            auto_verify = ${board.autoVerify}, updated_at = clock_timestamp(), xid = pg_current_xact_id()
          where no = ${of.no} returning ${columns}`
        return changed!
      })
      return row && remember(row, order.mark())
    },
    async remove(board) {
      const row = await inTransaction(sql, async (tx) => {
        const [gone] = await tx<Row[]>`
          update leaderboards set deleted_at = clock_timestamp(), updated_at = clock_timestamp(),
            purge_at = clock_timestamp(), xid = pg_current_xact_id()
          where no = ${board.no} and deleted_at is null returning ${columns}`
        // A node that has not heard of it yet finds that nothing takes scores any more.
        const open = await tx<{ id: number }[]>`
          select id from standings where leaderboard_no = ${board.no} and status <> 'SEALED'
          order by leaderboard_no, type, key limit ${sealedAtOnce}`
        await sealDeleted(
          tx,
          open.map(({ id }) => id),
        )
        return gone
      })
      if (row) remember(row, order.mark())
    },
  }
}

function toLeaderboard(row: Row): Leaderboard {
  return {
    no: row.no,
    id: row.id,
    title: row.title,
    description: row.description,
    metric: row.metric,
    order: row.rank_order,
    operator: row.operator,
    ties: row.ties,
    rankStyle: row.rank_style,
    types: row.types.split(',') as Leaderboard['types'],
    decimals: row.decimals,
    minScore: row.min_score,
    maxScore: row.max_score,
    timezone: row.timezone,
    submitBy: row.submit_by,
    liveLimit: row.live_limit,
    tickMs: row.tick_ms,
    graceMs: row.grace_ms,
    autoVerify: row.auto_verify,
  }
}
