import type { RowOf } from '../schema/rows.ts'
import type { standings } from '../schema/standings.ts'
import { and, eq, getTableColumns, gte, isNull, sql as expression } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { LeaderboardStore } from '../../actions/ports/leaderboards.ts'
import type { Log } from '../../log.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import { builderOn } from '../connection/builder.ts'
import type { Sql } from '../connection/client.ts'
import { leaderboards as table } from '../schema/leaderboards.ts'
import { inTransaction } from '../connection/transaction.ts'
import { createPolling, type Polling } from '../../timing/polling.ts'
import { sealDeleted } from '../repair/purge.ts'
import { createReadOrder } from './read-order.ts'

const {
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  purgeAt: _purgeAt,
  xid: _xid,
  ...columns
} = getTableColumns(table)
type Row = Leaderboard & { deletedAt: Date | null }

const clock = expression`clock_timestamp()`
const changeId = expression`pg_current_xact_id()`
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

  const db = builderOn(sql)
  const order = createReadOrder()
  /** Returns what is known now: the row, or a newer one. */
  const remember = (row: Row, mark: number): Leaderboard => {
    const board = toLeaderboard(row)
    const known = byNo.get(board.no)
    if (!order.replaces(mark, known)) return known ?? board
    order.note(board, mark)
    unknown.delete(board.id)
    if (row.deletedAt === null) byId.set(board.id, board)
    else if (byId.get(board.id)?.no === board.no) byId.delete(board.id)
    byNo.set(board.no, board)
    return board
  }
  const select = async (id: string) => {
    const began = order.mark()
    const rows = await db
      .select(columns)
      .from(table)
      .where(and(eq(table.id, id), isNull(table.deletedAt)))
    if (!rows[0]) unknown.set(id, true)
    return rows[0] ? remember(rows[0], began) : null
  }
  const poll = async () => {
    const began = order.mark()
    const [mark] = await sql<{ xmin: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`
    const rows = await db.select(columns).from(table).where(gte(table.xid, since)).orderBy(table.no)
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
      const rows = await db.select(columns).from(table).where(isNull(table.deletedAt)).orderBy(table.id)
      const boards = rows.map((row) => remember(row, began))
      const there = new Set(boards.map((board) => board.no))
      for (const board of byId.values()) if (!there.has(board.no) && order.replaces(began, board)) byId.delete(board.id)
      return boards
    },
    async insert(board) {
      const rows = await db
        .insert(table)
        .values(board)
        .onConflictDoNothing({ target: table.id, where: isNull(table.deletedAt) })
        .returning(columns)
      return rows[0] ? remember(rows[0], order.mark()) : null
    },
    async change(of, by) {
      const row = await inTransaction(sql, async (tx) => {
        const [now] = await builderOn(tx)
          .select(columns)
          .from(table)
          .where(and(eq(table.no, of.no), isNull(table.deletedAt)))
          .for('no key update')
        if (!now) return null
        const { no: _, id: __, ...values } = by(toLeaderboard(now))
        const [changed] = await builderOn(tx)
          .update(table)
          .set({ ...values, updatedAt: clock, xid: changeId })
          .where(eq(table.no, of.no))
          .returning(columns)
        return changed!
      })
      return row && remember(row, order.mark())
    },
    async remove(board) {
      const row = await inTransaction(sql, async (tx) => {
        const [gone] = await builderOn(tx)
          .update(table)
          .set({ deletedAt: clock, updatedAt: clock, purgeAt: clock, xid: changeId })
          .where(and(eq(table.no, board.no), isNull(table.deletedAt)))
          .returning(columns)
        // A node that has not heard of it yet finds that nothing takes scores any more.
        const open = await tx<RowOf<typeof standings, 'id'>[]>`
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
  const { deletedAt: _, ...board } = row
  return board
}
