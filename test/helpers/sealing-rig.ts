import { inject } from 'vitest'
import type { Ledger } from '../../src/actions/ports/ledger.ts'
import { createClosePeriods } from '../../src/jobs/close-periods.ts'
import { createLog } from '../../src/log.ts'
import { connectPool, keyedAccess } from '../../src/postgres/connection/client.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { createLedger } from '../../src/postgres/ledger/ledger.ts'
import { createSealedReader } from '../../src/postgres/standings/sealed-entries.ts'
import { createPeriodStore } from '../../src/postgres/standings/sealing.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import type { Leaderboard } from '../../src/ranking/leaderboard.ts'
import { cloneDatabase } from './database.ts'
import { makeLeaderboard } from './leaderboards.ts'

export interface Sealed {
  selector: string
  status: string
  /** In the order of their final ranks; those without one come last. */
  entries: { playerId: string; score: number; finalRank: number | null; hidden: boolean }[]
}

/** The ledger and the job that seals, over a database of their own and with a clock that the test sets. */
export async function startSealingRig() {
  const database = await cloneDatabase(inject('postgresUrl'))
  const { url } = database
  const log = createLog({ level: 'warn', pretty: false })
  const times = { connectTimeoutMs: 20_000, statementTimeoutMs: 0 }
  const pool = (name: string) => connectPool(url, { name, max: 8, ...times, settings: keyedAccess })
  const [cold, repairs] = [pool('cold'), pool('repair')]
  const standings = createStandingsStore(cold.sql)
  const leaderboards = createLeaderboardStore(cold.sql, log)
  const onReconnect = () => {}
  const seasons = { of: () => [] }
  const ledger = createLedger({
    url,
    lanes: 2,
    ...times,
    attemptMs: 20_000,
    standings,
    seasons,
    onReconnect,
    log,
  })
  const clock = { now: 0 }
  const store = createPeriodStore(repairs)
  const dropped: number[][] = []
  let boards = 0

  return {
    clock,
    sql: cold.sql,
    store,
    ledger: ledger as Ledger,
    standings,
    dropped,
    sealed: createSealedReader(cold, { concurrency: 4, queue: 100, deadlineMs: 20_000, ttlMs: 60_000 }),
    /** Waits long for others' transactions: those of all databases of the server count. */
    job: (sessionIdleMs = 0, settleMs = 60_000, clockAgrees = () => true) =>
      createClosePeriods({
        store,
        writer: {
          dropLists(no, ids) {
            dropped.push([no, ...ids])
            return Promise.resolve()
          },
        },
        connected: () => true,
        sessionIdleMs,
        settleMs,
        now: () => clock.now,
        clockAgrees,
        log,
      }),
    async board(of: Partial<Leaderboard>): Promise<Leaderboard> {
      const { no: _, ...definition } = makeLeaderboard({ id: `board-${++boards}`, ...of })
      return (await leaderboards.insert(definition))!
    },
    /** All standings of a leaderboard, newest first. */
    begun: async (board: Leaderboard) => (await standings.begun(board, { at: 4e12, limit: 1000 })).rows,
    async read(board: Leaderboard): Promise<Sealed[]> {
      const rows = await cold.sql<{ id: number; selector: string; status: string }[]>`
        select id, case when key = '' then type::text else type || ':' || key end as selector, status
        from standings where leaderboard_no = ${board.no} order by id`
      return Promise.all(
        rows.map(async ({ id, selector, status }) => ({
          selector,
          status,
          entries: await cold.sql<Sealed['entries']>`
            select player_id as "playerId", score, hidden,
              (select place from final_places where player_id = e.player_id and standings_id = e.standings_id) as "finalRank"
            from leaderboard_entries e where standings_id = ${id} order by "finalRank" nulls last, player_id`,
        })),
      )
    },
    async stop() {
      await Promise.all([ledger.stop(), cold.end(1), repairs.end(1)])
      await database.drop()
    },
  }
}

export type SealingRig = Awaited<ReturnType<typeof startSealingRig>>
