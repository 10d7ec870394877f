import { spread } from '../timing/back-off.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PeriodStore, Sealing, SessionCursor } from '../actions/ports/periods.ts'
import type { ListWriter } from '../actions/ports/lists.ts'
import type { Log } from '../log.ts'
import { standingsSealed } from '../metrics.ts'
import { formatSelector } from '../ranking/selector.ts'

export interface ClosePeriodsOptions {
  store: PeriodStore
  writer: Pick<ListWriter, 'dropLists'>
  /** Redis takes commands: lists may be dropped. */
  connected(): boolean
  /** Milliseconds without a report after which a session is closed; 0 = never. */
  sessionIdleMs: number
  /** Milliseconds that a pass waits for transactions that began before it; default 3000, as they last for milliseconds. */
  settleMs?: number
  /** Epoch milliseconds. */
  now(): number
  /** Whether the clock of this machine is that of Postgres, by and large. */
  clockAgrees(): boolean
  log: Log
}

const passMs = 1000
// A node whose clock is slow may still accept a score; the status is read from Postgres, so this only saves refusals.
const marginMs = 2000
const perPass = 100
const sessionsPerLook = 1000
const settlePollMs = 50
// One large standings must not keep the others waiting.
const sealForMs = 5000
const dropAfterMs = 60_000

/**
 * Closes what has ended, seals what takes no scores any more, and takes the lists of sealed standings out of Redis. Runs on
 * every node; each step is one that may be cut anywhere and made twice. What it does cannot be undone, so time has a witness:
 * an end has passed when it has by this node's clock and by that of Postgres, and nothing is done while they are far apart.
 */
export function createClosePeriods(options: ClosePeriodsOptions) {
  const { store, settleMs = 3000, log, now } = options
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  const stopping = new AbortController()
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})

  let cursor: SessionCursor | null = null
  let lookAt = 0
  const closeIdleSessions = async () => {
    const { sessionIdleMs } = options
    if (sessionIdleMs === 0 || now() < lookAt) return
    const { closed, next } = await store.closeIdle(now(), sessionIdleMs, cursor, sessionsPerLook)
    cursor = next
    // All sessions that are old enough are looked through; then a while goes by.
    if (next === null) lookAt = now() + Math.min(10_000, sessionIdleMs / 10)
    if (closed > 0) log.info({ sessions: closed }, 'sessions that nobody reported to were closed')
  }

  /** Whether all that was begun before this call has ended: what it wrote is there to be ranked. */
  const settled = async (): Promise<boolean> => {
    const horizon = await store.drawHorizon()
    for (const giveUpAt = performance.now() + settleMs; ; await pause(settlePollMs)) {
      if (await store.isSettled(horizon)) return true
      if (stopped || performance.now() > giveUpAt) return false
    }
  }
  const seal = async (of: Sealing) => {
    const began = performance.now()
    const entries = await store.countEntries(of.id)
    // Each batch reads all of them, so that there are never more than 20.
    const size = Math.max(Math.ceil(entries / 20), 10_000)
    const standings = formatSelector(of.type, of.key)
    for (;;) {
      if (stopped) return
      const { state, ranked } = await store.rankBatch(of, size, now())
      if (state === 'BUSY') return
      const ms = Math.round(performance.now() - began)
      if (state === 'MORE') {
        if (ms < sealForMs) continue
        log.info({ leaderboard: of.leaderboard, standings, rows: entries, ranked }, 'standings are being sealed')
        return
      }
      standingsSealed.inc()
      log.info({ leaderboard: of.leaderboard, standings, rows: entries, ms }, 'standings sealed')
      return
    }
  }
  let waiting = false
  const sealAll = async () => {
    await store.beginSealing(now() - marginMs, perPass)
    const list = await store.sealing(perPass)
    if (list.length === 0) return
    if (!(await settled())) {
      if (!waiting && !stopped)
        log.warn(
          { standings: list.length },
          'sealing waits for transactions that began before it: see pg_stat_activity',
        )
      waiting = true
      return
    }
    waiting = false
    const failures: unknown[] = []
    for (const of of list) {
      if (stopped) return
      await seal(of).catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw new Error(`${failures.length} standings were not sealed`, { cause: failures[0] })
  }

  const dropLists = async () => {
    if (!options.connected()) return
    const gone = await store.indexed(now() - dropAfterMs, perPass)
    if (gone.length === 0) return
    for (const no of new Set(gone.map((one) => one.leaderboardNo))) {
      const ids = gone.filter((one) => one.leaderboardNo === no).map((one) => one.id)
      await options.writer.dropLists(no, ids)
      await store.markDropped(ids)
    }
  }

  let failing = false
  /** One pass. A step that fails is made again in the next pass, and does not keep the others from being made. */
  const pass = async (): Promise<void> => {
    if (!options.clockAgrees()) return
    const failures: unknown[] = []
    for (const step of [() => store.closeEnded(now(), perPass), closeIdleSessions, sealAll, dropLists]) {
      if (stopped) return
      await step().catch((error: unknown) => failures.push(error))
    }
    // A pass runs every second: one line says that Postgres is unreachable.
    if (failures.length > 0 && !failing && !stopped)
      log.warn({ err: failures[0] }, 'periods could not be closed or sealed; it is tried again until they are')
    failing = failures.length > 0
  }
  const loop = async () => {
    for (;;) {
      if (stopped) return
      await pass()
      // Not all nodes at once.
      await pause(spread(passMs))
    }
  }
  return {
    pass,
    start: () => void (running = loop()),
    /** Resolves when no pass runs any more; what it waits for has to answer or fail by then. */
    async stop() {
      stopped = true
      stopping.abort()
      await running
    },
  }
}
