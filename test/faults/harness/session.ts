import { setTimeout as sleep } from 'node:timers/promises'
import { createBounds } from './bounds.ts'
import { crowdBoards, definitionOf, type FaultBoard } from './boards.ts'
import { check, type CheckReport } from './checker.ts'
import { createClimber, type Climber } from './climber.ts'
import type { Cluster } from './cluster.ts'
import { createCrowdReads } from './crowd-reads.ts'
import { heal } from './heal.ts'
import { createHistory, type History, type Submission } from './history.ts'
import { createHttp, type Http } from './http.ts'
import { createLadder } from './ladder.ts'
import { startLoad, type Load } from './load.ts'
import type { Node } from './node.ts'
import { seededRandom } from './random.ts'
import { startReader, type Reader } from './reader.ts'
import { createSubmit } from './submit.ts'

export interface SessionOptions {
  seed: number
  /** Scores and reads a second. */
  perSecond: number
  readsPerSecond: number
  /** Players of the ladder whose scores never change, and players below them. */
  rivals: number
  crowd: number
  /** Milliseconds within which every request has to be answered. */
  answerLimitMs: number
  /** How long Redis may lack what a degraded receipt acknowledged, in ms. */
  degradedMs: number
}

/** Clients at work on a cluster, with leaderboards of their own. */
export interface Session {
  boards: readonly FaultBoard[]
  history: History
  load: Load
  climber: Climber
  reads(): Record<string, number>
  /** Mends everything, ends the load, and compares all there is; lists that differ are given `settleMs`. */
  finish(settleMs: number): Promise<CheckReport>
  /** Ends what still runs; answers where the history was kept, or null. */
  close(keepHistory: boolean): Promise<string | null>
}

const seedBatch = 1000
const inFlightLimit = 2000
// Past any deadline of the server's: what still has no answer is hanging.
const hangMs = 40_000
const givenUpMs = 90_000

let sessions = 0

/** Makes and fills the leaderboards, then starts writers and readers. */
export async function startSession(cluster: Cluster, options: SessionOptions): Promise<Session> {
  const tag = `${process.pid.toString(36)}-${options.seed}-${sessions++}`
  const random = seededRandom(options.seed ^ 0x5f5f5f)
  const history = createHistory(cluster.folder, tag)
  const http = createHttp(cluster.token, hangMs)
  const ladder = createLadder(tag, options.rivals, options.crowd)
  const crowd = crowdBoards(tag)
  const boards = [...crowd, ladder.board]
  const bounds = createBounds(options.degradedMs)
  const { nodes } = cluster
  const { answerLimitMs } = options

  let giveUpAt = Infinity
  const shared = { http, nodes, history, random, answerLimitMs }
  const submit = createSubmit({
    ...shared,
    goOn: () => performance.now() < giveUpAt,
    received(submission, receipt, sentAt) {
      climber.received(submission, receipt, sentAt)
      bounds.acknowledged(submission, receipt)
    },
  })
  const { pauseMs, degradedMs } = { pauseMs: 20, ...options }
  const climber: Climber = createClimber({ ladder, history, submit, random, pauseMs, degradedMs })

  for (const board of boards) {
    const { status, body } = await http.send(nodes[0]!.url()!, 'POST', '/v1/leaderboards', definitionOf(board))
    if (status !== 201) throw new Error(`${board.id} was not made: ${JSON.stringify(body)}`)
  }
  await sleep(1000) // until every server knows them
  const submitAll = (list: Submission[]) =>
    Promise.all(
      list.map((one) => {
        bounds.tried(one)
        return submit([one])
      }),
    )
  const seeds = ladder.seeds().map(({ playerId, score }) => history.submission(ladder.board, playerId, score))
  for (let at = 0; at < seeds.length; at += 4 * seedBatch)
    await Promise.all(
      [0, 1, 2, 3].map((part) => submit(seeds.slice(at + part * seedBatch, at + (part + 1) * seedBatch))),
    )

  // The lists of new standings are made from Postgres when they are first asked for.
  await submitAll(crowd.map((board) => history.submission(board, 'p1', board.score(random))))
  for (const board of boards) await comesFromRedis(http, nodes, board)

  climber.start()
  const load = startLoad({
    boards,
    history,
    random,
    submit,
    made: bounds.tried,
    perSecond: options.perSecond,
    inFlightLimit,
  })
  const perReader = options.readsPerSecond / 2
  const readers: Reader[] = [
    startReader({ ...shared, perSecond: perReader, next: () => climber.nextRead() }),
    startReader({ ...shared, perSecond: perReader, next: createCrowdReads(crowd, bounds, random) }),
  ]
  const reads = () => {
    const counts: Record<string, number> = {}
    for (const reader of readers)
      for (const [what, count] of Object.entries(reader.counts())) counts[what] = (counts[what] ?? 0) + count
    return counts
  }

  return {
    boards,
    history,
    load,
    climber,
    reads,
    async finish(settleMs) {
      load.end()
      await heal(cluster)
      giveUpAt = performance.now() + givenUpMs
      await Promise.all([load.stop(), climber.stop()])
      await Promise.all(readers.map((reader) => reader.stop()))
      return check({ cluster, http, history, boards, settleMs })
    },
    async close(keepHistory) {
      giveUpAt = 0
      await Promise.all([load.stop(), climber.stop(), ...readers.map((reader) => reader.stop())])
      http.close()
      return history.close(keepHistory)
    },
  }
}

async function comesFromRedis(http: Http, nodes: readonly Node[], board: FaultBoard): Promise<void> {
  for (const node of nodes)
    for (const type of board.types)
      for (const giveUpAt = performance.now() + hangMs; ; await sleep(20)) {
        const path = `/v1/leaderboards/${board.id}/standings?limit=1&standings=${type}`
        const { body } = await http.send(node.url()!, 'GET', path)
        if ((body as { source?: string }).source === 'redis') break
        if (performance.now() > giveUpAt) throw new Error(`${path} does not come from Redis: ${JSON.stringify(body)}`)
      }
}
