import { setTimeout as sleep } from 'node:timers/promises'
import { askUntil } from './admin-requests.ts'
import { definitionOf, type FaultBoard } from './boards.ts'
import type { History } from './history.ts'
import type { Http } from './http.ts'
import type { Node } from './node.ts'
import { integer, type Random } from './random.ts'
import type { Submit } from './submit.ts'
import { createWriter } from './writer.ts'

/** A leaderboard that is deleted and made again under the same id; its history begins again then. */
export interface Recreated {
  /** The present one: another object after each time. */
  board(): FaultBoard
  start(): void
  /** Deletes it through one server, makes it again through another. Answers why that was left out, or null. */
  recreate(through: Node, by: Node, gapMs: number): Promise<string | null>
  stop(): Promise<void>
}

const perSecond = 10
const drainMs = 15_000
const requestMs = 30_000
// A deletion is known to every server within a second.
const knownMs = 2000

export function createRecreated(options: {
  tag: string
  http: Http
  nodes: readonly Node[]
  history: History
  submit: Submit
  random: Random
}): Recreated {
  const { tag, http, nodes, history, submit, random } = options
  const make = (): FaultBoard => ({
    id: `again-${tag}`,
    order: 'desc',
    operator: 'sum',
    ties: 'first',
    rankStyle: 'ordinal',
    types: ['GLOBAL'],
    decimals: 0,
    players: 30,
    score: (from) => integer(from, 1, 50),
  })
  let board = make()
  const writer = createWriter(perSecond, submit, () =>
    history.submission(board, `p${integer(random, 1, board.players)}`, board.score(random)),
  )
  const path = `/v1/leaderboards/${board.id}`
  return {
    board: () => board,
    start: writer.start,
    stop: writer.stop,
    async recreate(through, by, gapMs) {
      try {
        if (!(await writer.pause(drainMs))) return 'submissions are still under way'
        const others = (first: Node) => [first, ...nodes.filter((node) => node !== first)]
        const gone = { method: 'DELETE', path, statuses: [204, 404], limitMs: requestMs }
        if (!(await askUntil(http, others(through), gone))) return 'it could not be deleted'
        // What was acknowledged before is gone with it, as asked.
        for (const one of history.submissions.values()) if (one.board === board) history.forget(one)
        board = make()
        await sleep(gapMs)
        const made = { method: 'POST', path: '/v1/leaderboards', body: definitionOf(board), statuses: [201, 200] }
        if (!(await askUntil(http, others(by), { ...made, limitMs: 4 * requestMs })))
          throw new Error('the leaderboard cannot be made again')
        await sleep(knownMs)
        return null
      } finally {
        writer.resume()
      }
    },
  }
}
