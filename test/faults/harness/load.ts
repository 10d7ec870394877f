import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultBoard } from './boards.ts'
import type { History, Submission } from './history.ts'
import { integer, pick, type Random } from './random.ts'
import type { Submit } from './submit.ts'

export interface LoadOptions {
  boards: readonly FaultBoard[]
  history: History
  random: Random
  submit: Submit
  /** Called with every score before it is sent. */
  made(submission: Submission): void
  /** Scores a second, whether or not answers come. */
  perSecond: number
  /** Scores without an answer at most; past that arrivals are left out and counted. */
  inFlightLimit: number
}

export interface Load {
  /** Scores sent, not counting retries, and arrivals left out. */
  sent(): number
  leftOut(): number
  inFlight(): number
  /** Ends the arrivals. */
  end(): void
  /** The same, and resolves when everything was answered or given up. */
  stop(): Promise<void>
}

const tickMs = 4
// Of all arrivals: batches of ten, scores whose client gives up after one try, receipts that are asked for again.
const batchShare = 0.02
const batchSize = 10
const impatientShare = 0.02
const againShare = 0.01

/** An open loop of submissions, most of them single. */
export function startLoad(options: LoadOptions): Load {
  const { history, random, submit } = options
  const began = performance.now()
  let [sent, leftOut, inFlight, due] = [0, 0, 0, 0]
  let idle = () => {}

  const make = (board: FaultBoard) => {
    const one = history.submission(board, `p${integer(random, 1, board.players)}`, board.score(random))
    options.made(one)
    return one
  }
  const arrive = async (count: number) => {
    const board = pick(random, options.boards)
    const list = Array.from({ length: count }, () => make(board))
    inFlight += count
    sent += count
    await submit(list, random() < impatientShare ? 'once' : 'until answered')
    // A client that did not keep its receipt: it must get the same one again.
    if (random() < againShare) await submit(list.filter((one) => one.acknowledged))
    for (const one of list) one.open = false
    inFlight -= count
    if (inFlight === 0) idle()
  }
  const timer = setInterval(() => {
    const target = ((performance.now() - began) / 1000) * options.perSecond
    while (due < target) {
      const count = random() < batchShare ? batchSize : 1
      due += count
      if (inFlight + count > options.inFlightLimit) leftOut += count
      else void arrive(count)
    }
  }, tickMs)

  return {
    sent: () => sent,
    leftOut: () => leftOut,
    inFlight: () => inFlight,
    end: () => clearInterval(timer),
    async stop() {
      clearInterval(timer)
      await sleep(0)
      if (inFlight > 0) await new Promise<void>((resolve) => (idle = resolve))
    },
  }
}
