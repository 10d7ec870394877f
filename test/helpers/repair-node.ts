import type { RankedList } from '../../src/actions/ports/ranks.ts'
import type { Changes, Truth } from '../../src/actions/ports/truth.ts'
import type { Versioned } from '../../src/actions/ports/lists.ts'
import { catchUp, type LostBoard } from '../../src/jobs/catch-up.ts'
import { catchUpList } from '../../src/jobs/catch-up-list.ts'
import { createRebuilder } from '../../src/jobs/rebuild.ts'
import { endRestoring, parseWatermark } from '../../src/jobs/watermark.ts'
import { createLog } from '../../src/log.ts'
import type { Pool } from '../../src/postgres/connection/client.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import { createTruth } from '../../src/postgres/repair/truth.ts'
import { makeLeaderboard } from './leaderboards.ts'
import type { RankedLists } from './ranked-lists.ts'
import { versionsText } from './ranked-lists.ts'

const log = createLog({ level: 'silent', pretty: false })

/**
 * What a server repairs with, over a real Postgres and the lists of a real Redis; each one has caches of its own. `walk` is
 * how its rebuilds read Postgres.
 */
export function makeRepairNode(pool: Pool, lists: Pick<RankedLists, 'writer' | 'builder'>, walk?: Truth['walk']) {
  const standings = createStandingsStore(pool.sql)
  const leaderboards = createLeaderboardStore(pool.sql, log)
  const truth = createTruth(pool)
  /** Changes that catch-ups of this node were told. */
  const read: Changes[] = []
  const counted: Truth = {
    ...truth,
    async *changes(...window) {
      for await (const chunk of truth.changes(...window)) {
        read.push(...chunk)
        yield chunk
      }
    },
  }
  const { builder, writer } = lists
  const rebuilder = createRebuilder({
    builder,
    writer,
    truth: walk ? { ...truth, walk } : truth,
    standings,
    log,
    stopped: () => false,
    watchers: () => 0,
  })
  const lost: string[] = []
  const restored: number[] = []
  const options = {
    truth: counted,
    leaderboards,
    standings,
    moved: () => false,
    onReplaced: () => Promise.resolve(),
    onLost: (boards: LostBoard[]) => void lost.push(...boards.map(({ board }) => board.id)),
    restore(list: RankedList) {
      restored.push(list.standings.id)
      void rebuilder.restore(list)
    },
    log,
  }
  return {
    standings,
    leaderboards,
    rebuilder,
    read,
    /** Leaderboards of which all lists were said to be lost. */
    lost,
    /** Lists whose restore a catch-up asked for. */
    restored,
    catchUp: (over: Partial<Pick<RankedLists, 'writer'>> = {}) => catchUp({ ...options, writer, ...over }, () => true),
    catchUpList: (list: RankedList, rows: Versioned[]) => catchUpList({ ...options, writer }, list, versionsText(rows)),
    /** A new leaderboard with an empty list that is served. */
    async open(id: string): Promise<RankedList> {
      const { no: _, ...definition } = makeLeaderboard({ id, types: ['GLOBAL'] })
      const board = (await leaderboards.insert(definition))!
      const target = { type: 'GLOBAL', key: '', startsAt: null, endsAt: null } as const
      const [row] = await standings.ensure([{ board, target, make: true }])
      const whole = await rebuilder.restore({ board, standings: row! })
      if (whole === null) throw new Error('the list was not made')
      const { restoring } = parseWatermark((await writer.watermark(board.no))!)!
      if (restoring !== null) await endRestoring(writer, board.no, restoring)
      return whole
    },
  }
}

/** Commits a score as a node that dies before it tells Redis; `xact` runs in the same transaction, after it. */
export async function commitScore(
  pool: Pool,
  list: RankedList,
  playerId: string,
  score: number,
  xact: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await pool.sql.begin(async (tx) => {
    const [drawn] = await tx<{ id: number }[]>`select nextval('submissions_id_seq')::int8 as id`
    const { id } = drawn!
    const { no } = list.board
    const effects = JSON.stringify([{ s: list.standings.id, a: score, b: null }])
    await tx`insert into players (id, display_name) values (${playerId}, ${playerId}) on conflict do nothing`
    await tx`insert into leaderboard_entries (standings_id, player_id, score, version, tie)
      values (${list.standings.id}, ${playerId}, ${score}, ${id}, ${id})
      on conflict (standings_id, player_id) do update set score = ${score}, version = ${id}, tie = ${id}`
    await tx`insert into submissions (id, leaderboard_no, player_id, submission_id, score, effects, occurred_at)
      values (${id}, ${no}, ${playerId}, ${`s${id}`}, ${score}, ${effects}::text::jsonb, now())`
    await xact()
  })
}
