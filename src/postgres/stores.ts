import type { Changed } from '../actions/ports/changes.ts'
import type { Log } from '../log.ts'
import { answered } from './connection/answered.ts'
import { createChangeStore } from './repair/changes.ts'
import { connectPool, keyedAccess, type Pool } from './connection/client.ts'
import { createClock } from './connection/clock.ts'
import { createEntryStore } from './standings/entries.ts'
import { createHistoryStore } from './ledger/history.ts'
import { createLeaderboardStore } from './standings/leaderboards.ts'
import { createLedger } from './ledger/ledger.ts'
import { createMatchStore } from './matches/matches.ts'
import { createExportStore } from './players/export-player.ts'
import { createPersonStore } from './players/persons.ts'
import { createPlayerStore } from './players/players.ts'
import { createPurgeStore } from './repair/purge.ts'
import { createRunStore } from './repair/reconcile-runs.ts'
import { createSeasonStore } from './standings/seasons.ts'
import { createSealedReader } from './standings/sealed-entries.ts'
import { createPeriodStore } from './standings/sealing.ts'
import { createStandingsStore } from './standings/standings.ts'
import { createTotalsStore } from './players/totals.ts'
import { createTrendStore } from './standings/trends.ts'
import { createTruth } from './repair/truth.ts'

export interface StoresOptions {
  url: string
  poolMin: number
  poolMax: number
  connectTimeoutMs: number
  statementTimeoutMs: number
  lanes: number
  /** Milliseconds to keep profiles and totals of players, and pages of sealed standings; 0: not at all. */
  playerTtlMs: number
  historicalTtlMs: number
  /** Called to say when a connection that writes was replaced: what Redis holds may be of another database. */
  onReconnect(): void
  /** Called with standings that this process made, as it was noted for every node. */
  onBegun(what: Changed): void
  log: Log
}

// An item is answered within 8 s of its arrival: an attempt leaves room for another.
const attemptMs = 3000
// Less than an attempt: a lane that waits for standings rows learns of it in time.
const coldDeadlineMs = 2000
// A match waits for the locks of its players, in transactions of its own.
const matchConnections = 8
const matchDeadlineMs = 6000
// All entries of a player change at once, however many there are: what takes longer than a request may goes on.
const decisions = { concurrency: 2, deadlineMs: 8000, patienceMs: 60_000 }
// Each scans a standings list: more at once would only keep the rebuild waiting that ends them.
const fallbackReads = { concurrency: 2, queue: 14, deadlineMs: 2000 }
// A plan for a list of average size would read a large one row by row.
const scans = { plan_cache_mode: 'force_custom_plan' }

// A cached answer needs none of this; one that is not looks rows up by keys.
const sealedReads = { concurrency: 2, queue: 100, deadlineMs: 2000 }

/** Everything that is kept in Postgres, each on the pool that suits it. */
export function openStores(options: StoresOptions) {
  const { url, connectTimeoutMs, statementTimeoutMs, log } = options
  const pool = (name: string, max: number, timeoutMs: number, settings = {}, min = 0) =>
    connectPool(url, { name, max, min, connectTimeoutMs, statementTimeoutMs: timeoutMs, settings })
  const cold = pool('cold', options.poolMax, statementTimeoutMs, keyedAccess, options.poolMin)
  const reads = pool('reads', fallbackReads.concurrency, fallbackReads.deadlineMs, scans)
  const repairs = pool('repair', 4, 0, keyedAccess)
  const rated = pool('matches', matchConnections, statementTimeoutMs, keyedAccess)
  const past = pool('sealed', sealedReads.concurrency, sealedReads.deadlineMs, keyedAccess)
  const deciding = pool('persons', decisions.concurrency, decisions.patienceMs, keyedAccess)
  const pools: Pool[] = [cold, reads, repairs, rated, past, deciding]
  const inTime = <Store extends object>(store: Store) => answered(store, cold, coldDeadlineMs)

  const standings = inTime(createStandingsStore(cold.sql, options.onBegun))
  const seasons = inTime(createSeasonStore(cold.sql, log))
  const leaderboards = inTime(createLeaderboardStore(cold.sql, log))
  const ledger = createLedger({
    url,
    lanes: options.lanes,
    connectTimeoutMs,
    attemptMs,
    standings,
    seasons,
    onReconnect: options.onReconnect,
    log,
  })
  const coldPersons = createPersonStore({ sql: cold.sql, leaderboards, standings })
  const players = inTime(createPlayerStore(cold.sql, options.playerTtlMs))
  const totals = inTime(createTotalsStore(cold.sql, options.playerTtlMs))
  const trends = inTime(createTrendStore(cold.sql))
  const sealed = createSealedReader(past, { ...sealedReads, ttlMs: options.historicalTtlMs })

  /** Drops the copies that name a person, or say what a person did: docs/decisions.md lists them. */
  const drop = (what: Changed | 'all'): void => {
    if (what === 'all') {
      for (const store of [players, totals, sealed, trends]) store.forget('all')
      return
    }
    if (what.players) players.forget(what.players)
    if (what.players ?? what.totals) totals.forget([...(what.players ?? []), ...(what.totals ?? [])])
    if (what.sealed) sealed.forget(what.sealed)
    if (what.left) trends.forget(what.left)
  }
  return {
    cold,
    clock: createClock(cold.sql, log),
    standings,
    seasons,
    ledger,
    leaderboards,
    players,
    persons: {
      ...answered(
        createPersonStore({ sql: deciding.sql, leaderboards, standings }),
        deciding,
        decisions.deadlineMs,
        decisions.patienceMs,
      ),
      put: inTime(coldPersons).put,
      remove: answered(coldPersons, cold, attemptMs).remove,
    },
    exports: inTime(createExportStore(cold.sql)),
    history: inTime(createHistoryStore(cold.sql)),
    totals,
    matches: answered(createMatchStore({ sql: rated.sql, standings, seasons }), rated, matchDeadlineMs),
    runs: inTime(createRunStore(cold.sql)),
    changes: inTime(createChangeStore(cold.sql)),
    trends,
    entries: createEntryStore(reads, fallbackReads),
    truth: createTruth(repairs),
    periods: createPeriodStore(repairs),
    deleted: createPurgeStore(repairs),
    sealed,
    drop,
    /** Drops all that is kept of Postgres: the database is another one. */
    async forget(): Promise<void> {
      standings.forget()
      await leaderboards.reload()
      // Plans that were made before may name tables that are gone.
      for (const one of pools) one.renew()
      seasons.forget()
      drop('all')
    },
    async stop() {
      await Promise.all([ledger.stop(), ...pools.map((one) => one.end(1))])
    },
  }
}
