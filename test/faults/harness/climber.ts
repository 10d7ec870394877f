import { setTimeout as sleep } from 'node:timers/promises'
import type { Around, Page, Place } from '../../../src/contract/reads.ts'
import type { Receipt } from '../../../src/contract/submission.ts'
import type { History, Submission } from './history.ts'
import type { Ladder } from './ladder.ts'
import { integer, type Random } from './random.ts'
import type { Read } from './reader.ts'
import type { Submit } from './submit.ts'

export interface Climber {
  /** To be told of every receipt; ignores those of other leaderboards. */
  received(submission: Submission, receipt: Receipt, sentAt: number): void
  /** Begins to climb, one score after the other, each sent until it is acknowledged. */
  start(): void
  nextRead(): Read
  scores(): number
  stop(): Promise<void>
}

interface State {
  score: number
  /** All by performance.now(): first tried; acknowledged; acknowledged and in Redis by what the server promises. */
  triedAt: number
  storedAt: number
  rankedAt: number
}

export interface ClimberOptions {
  ladder: Ladder
  history: History
  submit: Submit
  random: Random
  /** Milliseconds between a receipt and the next score. */
  pauseMs: number
  /** How long Redis may lack what a degraded receipt acknowledged, in ms. */
  degradedMs: number
}

// More than one read or receipt can take, at the pace of one a few milliseconds.
const statesKept = 20_000

/**
 * The one writer of what can be read in a ladder's upper part. Since it waits for each receipt, the states that may be
 * seen between a request and its reply are known: from the last one acknowledged before to the last one tried.
 */
export function createClimber({ ladder, history, submit, random, pauseMs, degradedMs }: ClimberOptions): Climber {
  const states: State[] = [{ score: ladder.seeds().at(-1)!.score, triedAt: 0, storedAt: 0, rankedAt: 0 }]
  const stopping = new AbortController()
  let [started, made] = [false, 0]
  let done: Promise<void> = Promise.resolve()

  const possible = (sentAt: number, source: 'redis' | 'postgres'): State[] => {
    const now = performance.now()
    const last = states.findLastIndex((state) => state.triedAt <= now)
    const first = states.findLastIndex((state) => (source === 'redis' ? state.rankedAt : state.storedAt) <= sentAt)
    return states.slice(Math.max(0, first), last + 1)
  }
  const climb = async () => {
    while (!stopping.signal.aborted) {
      const score = ladder.climb(random)
      made += 1
      const one = history.submission(ladder.board, ladder.climber, score)
      states.push({ score, triedAt: performance.now(), storedAt: Infinity, rankedAt: Infinity })
      await submit([one])
      one.open = false
      if (!one.acknowledged) return
      // No read is older than its client waits for.
      if (states.length > 2 * statesKept) states.splice(0, statesKept)
      await sleep(pauseMs * (0.5 + random()))
    }
  }
  /** Accepts what is right in one of the states; else says what was possible. */
  const inOneOf = <Seen>(what: string, seen: Seen, list: State[], wanted: (state: State) => Seen): string | null => {
    const text = JSON.stringify(seen)
    const allowed = list.map((state) => JSON.stringify(wanted(state)))
    return allowed.includes(text) ? null : `${what} ${text}, possible were ${[...new Set(allowed)].join(' or ')}`
  }
  const current = () => states.at(-1)!.score
  const path = `/v1/leaderboards/${ladder.board.id}`
  /** Without the crowd. */
  const slim = (rows: Page['rows']) =>
    rows.flatMap(({ rank, playerId, score }) => (playerId.startsWith('p') ? [] : [{ rank, playerId, score }]))

  const readPlace = (playerId: string, rankIn: (state: State) => number): Read => ({
    path: `${path}/players/${playerId}`,
    check({ status, body }, sentAt) {
      if (status !== 200) return `${playerId} is not ranked`
      const { rank, total, source } = body as Place
      return inOneOf('place', { rank, total }, possible(sentAt, source), (state) => ({
        rank: rankIn(state),
        total: ladder.total,
      }))
    },
  })
  const readAround = (span: number): Read => ({
    path: `${path}/players/${ladder.climber}/around?span=${span}`,
    check({ status, body }, sentAt) {
      if (status !== 200) return 'the climber is not ranked'
      const { rows, self, total, source } = body as Around
      return inOneOf('around', [slim(rows), self?.rank, total], possible(sentAt, source), ({ score }) => {
        const rank = ladder.rankOf(score)
        return [ladder.rows(score, Math.max(0, rank - 1 - span), 2 * span + 1), rank, ladder.total]
      })
    },
  })
  const readPage = (offset: number, limit: number): Read => ({
    path: `${path}/standings?offset=${offset}&limit=${limit}`,
    check({ status, body }, sentAt) {
      if (status !== 200) return 'there is no such page'
      const { rows, total, source } = body as Page
      return inOneOf('page', [slim(rows), total], possible(sentAt, source), ({ score }) => [
        ladder.rows(score, offset, limit),
        ladder.total,
      ])
    },
  })

  return {
    received({ board, playerId, score }, receipt, sentAt) {
      if (board !== ladder.board || !started) return
      const { rank, previousRank, total } = receipt.standings[0]!
      if (total !== null && total !== ladder.total)
        history.violation(`a receipt says that ${total} of ${ladder.total} are ranked`)
      if (rank === null && !receipt.degraded) history.violation('a receipt without a rank that is not degraded')
      if (playerId !== ladder.climber) {
        if (rank !== null && rank <= ladder.rivals) history.violation(`a receipt says rank ${rank} for ${playerId}`)
        return
      }
      const state = states.at(-1)!
      if (state.storedAt < Infinity) return
      state.storedAt = performance.now()
      state.rankedAt = state.storedAt + (receipt.degraded ? degradedMs : 0)
      const now = ladder.rankOf(score)
      // Redis may have lacked what degraded receipts acknowledged, and a catch-up may have brought this one already.
      const before = possible(sentAt, 'redis').map((one) => ladder.rankOf(one.score))
      if ((rank !== null && rank !== now) || (previousRank !== null && !before.includes(previousRank)))
        history.violation(
          `the climber's receipt says ${previousRank} -> ${rank}, right was ${before.join(' or ')} -> ${now}`,
        )
    },
    start() {
      started = true
      done = climb()
    },
    nextRead() {
      const kind = random()
      const near = Math.max(0, Math.min(ladder.rankOf(current()) - integer(random, 1, 8), ladder.rivals - 10))
      if (kind < 0.3) return readPlace(ladder.climber, ({ score }) => ladder.rankOf(score))
      if (kind < 0.55) {
        const index = integer(random, 0, ladder.rivals - 1)
        return readPlace(ladder.rival(index), ({ score }) => ladder.rivalRank(index, score))
      }
      if (kind < 0.75) return readAround(3)
      return readPage(kind < 0.9 ? near : 0, 10)
    },
    scores: () => made,
    async stop() {
      stopping.abort()
      await done
    },
  }
}
