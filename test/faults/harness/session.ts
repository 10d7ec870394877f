import { setTimeout as sleep } from 'node:timers/promises'
import { createBounds } from './bounds.ts'
import { crowdBoards, definitionOf, sparseBoard, type FaultBoard } from './boards.ts'
import { check, countsText, type CheckReport } from './checker.ts'
import { createLedgerCheck, type LedgerCheck } from './check-ledger.ts'
import { checkPeriods } from './check-periods.ts'
import { createClimber, type Climber } from './climber.ts'
import type { Cluster } from './cluster.ts'
import { createCrowdReads } from './crowd-reads.ts'
import { createGuestReads } from './guest-reads.ts'
import { createGuests, type Guests } from './guests.ts'
import { heal, isWell } from './heal.ts'
import { createHistory, type History, type Submission } from './history.ts'
import { createHttp, type Http } from './http.ts'
import { createLadder } from './ladder.ts'
import { startLoad, type Load } from './load.ts'
import { seededRandom } from './random.ts'
import { startReader, type Reader } from './reader.ts'
import { createRecreated, type Recreated } from './recreated.ts'
import { comesFromRedis, seedLadder } from './seeding.ts'
import { startSpectators } from './spectators.ts'
import { createSubmit } from './submit.ts'

export interface SessionOptions {
  seed: number
  /** Scores and reads a second. */
  perSecond: number
  readsPerSecond: number
  /** Players of the ladder whose scores never change, and players below them. */
  rivals: number
  crowd: number
  /** Players of the leaderboard on which most submit once. */
  sparse: number
  /** Scores without an answer at most: past that arrivals are left out, so that retries do not drown a slow machine. */
  inFlightLimit: number
  /** Milliseconds within which every server has to be well after the healing. */
  wellLimitMs: number
  /** Milliseconds within which every request has to be answered. */
  answerLimitMs: number
  /** How long Redis may lack what a degraded receipt acknowledged, in ms. */
  degradedMs: number
}

/** Clients at work on a cluster, with leaderboards of their own. */
export interface Session {
  boards: readonly FaultBoard[]
  recreated: Recreated
  guests: Guests
  http: Http
  history: History
  load: Load
  climber: Climber
  reads(): Record<string, number>
  /** To be called now and then in a long run: compares the ledger so far and reads the logs, so that nothing piles up. */
  settle(): Promise<void>
  /**
   * Mends everything, ends the load, and compares all there is once every server has been well for `wellMs`; a list that
   * is not served from Redis yet is given `awayMs`.
   */
  finish(wellMs: number, awayMs: number): Promise<CheckReport>
  /** Ends what still runs; answers where the history was kept, or null. */
  close(keepHistory: boolean): Promise<string | null>
}

// Past any deadline of the server's: what still has no answer is hanging.
const hangMs = 40_000
const givenUpMs = 90_000
const guestReadsPerSecond = 10

let sessions = 0

/** Makes and fills the leaderboards, then starts writers, readers and spectators. */
export async function startSession(cluster: Cluster, options: SessionOptions): Promise<Session> {
  const tag = `${process.pid.toString(36)}-${options.seed}-${sessions++}`
  const random = seededRandom(options.seed ^ 0x5f5f5f)
  const history = createHistory(cluster.folder, tag)
  const http = createHttp(cluster.token, hangMs)
  const ladder = createLadder(tag, options.rivals, options.crowd)
  const crowd = crowdBoards(tag)
  const boards = [...crowd, sparseBoard(tag, options.sparse), ladder.board]
  const bounds = createBounds(options.degradedMs)
  const { nodes, sql } = cluster
  const { answerLimitMs, degradedMs } = options

  let giveUpAt = Infinity
  const shared = { http, nodes, history, random, answerLimitMs, goOn: () => performance.now() < giveUpAt }
  const submit = createSubmit({
    ...shared,
    received(submission, receipt, sentAt) {
      climber.received(submission, receipt, sentAt)
      bounds.acknowledged(submission, receipt)
    },
  })
  const climber = createClimber({ ladder, history, submit, random, pauseMs: 20, degradedMs })
  const guests = createGuests({ tag, http, history, random, shared })
  const recreated = createRecreated({ tag, http, nodes, history, random, submit: createSubmit(shared) })

  for (const definition of [...[...boards, recreated.board()].map(definitionOf), guests.definition]) {
    const { status, body } = await http.send(nodes[0]!.url()!, 'POST', '/v1/leaderboards', definition)
    if (status !== 201) throw new Error(`${JSON.stringify(definition)} was not made: ${JSON.stringify(body)}`)
  }
  await sleep(1000) // until every server knows them
  const submitAll = (list: Submission[]) =>
    Promise.all(
      list.map(async (one) => {
        bounds.tried(one)
        await submit([one])
        one.open = false
      }),
    )
  await seedLadder(ladder, history, submit)
  // The lists of new standings are made from Postgres when they are first asked for.
  await submitAll(boards.slice(0, -1).map((board) => history.submission(board, 'p1', board.score(random))))
  for (const board of boards) await comesFromRedis(http, nodes, board, hangMs)

  const writers = [climber, guests, recreated]
  writers.forEach((writer) => writer.start())
  const load = startLoad({
    boards,
    history,
    random,
    submit,
    inFlightLimit: options.inFlightLimit,
    made: bounds.tried,
    perSecond: options.perSecond,
  })
  const perReader = options.readsPerSecond / 2
  const readers: Reader[] = [
    startReader({ ...shared, perSecond: perReader, next: () => climber.nextRead() }),
    startReader({ ...shared, perSecond: perReader, next: createCrowdReads(crowd, bounds, random) }),
    startReader({ ...shared, perSecond: guestReadsPerSecond, next: createGuestReads(guests, random, degradedMs) }),
  ]
  const followed = [guests.board.id, recreated.board().id, crowd[0]!.id].map((id) => ({
    leaderboard: id,
    standings: 'GLOBAL',
  }))
  const spectators = startSpectators(nodes, [...followed, { leaderboard: crowd[0]!.id, standings: 'DAILY' }])

  const ledgers = new Map<FaultBoard, LedgerCheck>()
  const ledgerFound = new Map<FaultBoard, string[]>()
  const compareLedgerOf = (board: FaultBoard, found: (text: string) => void) => {
    const list: string[] = []
    ledgerFound.set(board, list)
    ledgers.set(
      board,
      createLedgerCheck(sql, history, board, (text) => (list.push(text), found(text))),
    )
  }
  boards.forEach((board) => compareLedgerOf(board, () => {}))
  const warnings: Record<string, number>[] = []
  const periodsTold = new Set<string>()
  const readLogs = () => {
    for (const node of nodes) {
      const log = node.takeLog()
      log.errors.forEach((line) => history.violation(`error in a log: ${line}`))
      warnings.push(log.warnings)
    }
    warnings.splice(0, warnings.length, merged(warnings))
  }

  return {
    boards,
    recreated,
    guests,
    http,
    history,
    load,
    climber,
    reads: () => merged(readers.map((reader) => reader.counts())),
    async settle() {
      readLogs()
      // Postgres may be away: another time.
      const periods = await checkPeriods(sql, [...boards, guests.board]).catch(() => [])
      for (const text of periods.filter((one) => !periodsTold.has(one))) history.violation(text)
      periods.forEach((text) => periodsTold.add(text))
      for (const ledger of ledgers.values()) await ledger.advance(false).catch(() => {})
    },
    async finish(wellMs, awayMs) {
      const before = history.recent()
      load.end()
      const isHealed = await heal(cluster, options.wellLimitMs).then(
        () => true,
        (error: unknown) => (history.violation(`after the healing: ${String(error)}`), false),
      )
      giveUpAt = performance.now() + givenUpMs
      await Promise.all([load, ...writers, ...readers].map((one) => one.stop()))
      // It is quiet now; a server that was not well then will not be now.
      const until = performance.now() + (isHealed ? options.wellLimitMs : 0)
      await Promise.all(nodes.map((node) => isWell(node, until))).catch(
        (error: unknown) => isHealed && history.violation(`without load: ${String(error)}`),
      )
      await sleep(wellMs)
      const servedBy = performance.now() + awayMs - wellMs
      compareLedgerOf(recreated.board(), () => {})
      const report = await check({ cluster, http, history, ledgers, ledgerFound, guests, spectators, before, servedBy })
      readLogs()
      const seen = history.violations.slice(0, 20)
      if (history.violated() > seen.length)
        seen.push({ text: `... ${history.violated()} were seen while it ran`, before: [] })
      const figures = { ...report.figures, 'warnings in logs': countsText(warnings) }
      return { violations: [...seen, ...report.violations], figures }
    },
    async close(keepHistory) {
      giveUpAt = 0
      spectators.stop()
      await Promise.all([load, ...writers, ...readers].map((one) => one.stop()))
      http.close()
      return history.close(keepHistory)
    },
  }
}

function merged(list: Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const counts of list) for (const [what, count] of Object.entries(counts)) sums[what] = (sums[what] ?? 0) + count
  return sums
}
