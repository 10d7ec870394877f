import { AppError } from '../errors.ts'
import type { Board, EntryStore, RankedEntry } from '../actions/ports.ts'
import { assignRanks } from '../ranking/order.ts'
import { DeadlineExceeded, withDeadline, type Pool, type Tagged } from './client.ts'

interface Row {
  player_id: string
  score: number
}

/**
 * Ranked reads from the truth, for when the index cannot answer. They scan a standings' entries, so at most
 * `concurrency` run at once and `queue` wait, `deadlineMs` each; past that `UNAVAILABLE`. Each is right for one moment.
 */
export function createEntryStore(
  pool: Pool,
  limits: { concurrency: number; queue: number; deadlineMs: number },
): EntryStore {
  const { sql } = pool
  const inTime = withLimit(pool, limits.deadlineMs)
  const capped = cap(limits, 'Redis does not answer and too many reads wait for Postgres; try again shortly')
  // One snapshot for all statements of a read: somebody may move between two of them.
  const read = <T>(work: (tx: Tagged) => Promise<T>): Promise<T> =>
    capped(() => inTime(async () => (await sql.begin('isolation level repeatable read read only', work)) as T))
  // Best first: the same order as the sorted set's (sort key, tie + player id).
  const direction = ({ board }: Board) => sql.unsafe(board.order === 'desc' ? 'desc' : 'asc')
  const ties = ({ board }: Board) =>
    sql.unsafe(board.ties === 'id' ? 'player_id' : `tie ${board.ties === 'last' ? 'desc' : 'asc'}, player_id`)
  const better = ({ board }: Board) => sql.unsafe(board.order === 'desc' ? '>' : '<')
  const visible = (of: Board) => sql`standings_id = ${of.standings.id} and not hidden`

  const total = async (tx: Tagged, of: Board) => {
    const rows = await tx<{ n: number }[]>`select count(*) as n from leaderboard_entries where ${visible(of)}`
    return rows[0]!.n
  }
  const ahead = async (tx: Tagged, of: Board, score: number) => {
    const rows = await tx<{ ahead: number; equal: number }[]>`
      select count(*) filter (where score ${better(of)} ${score}) as ahead, count(*) filter (where score = ${score}) as equal
      from leaderboard_entries where ${visible(of)}`
    return rows[0]!
  }
  const slice = async (tx: Tagged, of: Board, offset: number, limit: number): Promise<RankedEntry[]> => {
    const rows = await tx<Row[]>`
      select player_id, score from leaderboard_entries where ${visible(of)}
      order by score ${direction(of)}, ${ties(of)} limit ${limit} offset ${offset}`
    const scores = rows.map((row) => row.score)
    const shared = of.board.rankStyle === 'competition' && scores.length > 0 && offset > 0
    const first = shared ? (await ahead(tx, of, scores[0]!)).ahead + 1 : offset + 1
    const ranks = assignRanks(of.board.rankStyle, scores, offset, first)
    return rows.map((row, index) => ({ playerId: row.player_id, score: row.score, rank: ranks[index]! }))
  }
  const positions = async (tx: Tagged, of: Board, playerIds: string[]) => {
    const ranking =
      of.board.rankStyle === 'competition' ? sql`rank() over (order by score ${direction(of)})` : sql`null::int8`
    const rows = await tx<{ player_id: string; score: number; position: number; shared: number | null }[]>`
      select player_id, score, position, shared from (
        select player_id, score, row_number() over (order by score ${direction(of)}, ${ties(of)}) as position,
          ${ranking} as shared
        from leaderboard_entries where ${visible(of)}
      ) ranked where player_id = any(${playerIds}::text[])`
    return new Map(rows.map((row) => [row.player_id, { ...row, rank: row.shared ?? row.position }]))
  }

  return {
    page: (of, offset, limit) =>
      read(async (tx) => ({ total: await total(tx, of), entries: await slice(tx, of, offset, limit) })),
    places: (of, playerIds) =>
      read(async (tx) => {
        const [count, found] = [await total(tx, of), await positions(tx, of, playerIds)]
        return {
          total: count,
          places: playerIds.map((id) => {
            const row = found.get(id)
            return row ? { rank: row.rank, position: row.position, score: row.score } : null
          }),
        }
      }),
    around: (of, playerId, span) =>
      read(async (tx) => {
        const count = await total(tx, of)
        const self = (await positions(tx, of, [playerId])).get(playerId)
        if (!self) return { total: count, entries: [], self: null, start: 0 }
        const size = Math.min(2 * span + 1, count)
        const start = Math.max(0, Math.min(self.position - 1 - span, count - size))
        const entries = await slice(tx, of, start, size)
        return { total: count, entries, self: { playerId, score: self.score, rank: self.rank }, start }
      }),
    count: (of, score) => read(async (tx) => ({ total: await total(tx, of), ...(await ahead(tx, of, score)) })),
    // One row by its key: not capped.
    hidden: (of, playerId) =>
      inTime(async () => {
        const rows = await sql<{ score: number }[]>`
          select score from leaderboard_entries
          where standings_id = ${of.standings.id} and player_id = ${playerId} and hidden`
        return rows[0] ?? null
      }),
    totals: (standings) =>
      read(async (tx) => {
        const rows = await tx<{ id: number; n: number }[]>`
          select standings_id as id, count(*) as n from leaderboard_entries
          where standings_id = any(${standings.map((of) => of.id)}::int8[]) and not hidden group by standings_id`
        return new Map(rows.map((row) => [row.id, row.n]))
      }),
  }
}

/** Answers within `deadlineMs` or rejects as `UNAVAILABLE`; a connection that says nothing is replaced. */
export function withLimit(pool: Pool, deadlineMs: number) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(work(), deadlineMs, 'Postgres read')
    } catch (error) {
      if (error instanceof DeadlineExceeded) pool.renew()
      throw new AppError('UNAVAILABLE', 'Postgres does not answer this read; try again shortly', { cause: error })
    }
  }
}

/** Runs at most so much work at once; what finds the queue full is refused as `UNAVAILABLE`. */
export function cap(limits: { concurrency: number; queue: number }, refusal: string) {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting.length >= limits.queue) throw new AppError('UNAVAILABLE', refusal)
    if (running >= limits.concurrency) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
