import { askUntil } from './admin-requests.ts'
import { definitionOf, type FaultBoard } from './boards.ts'
import type { History, Submission } from './history.ts'
import type { Http } from './http.ts'
import type { Node } from './node.ts'
import { integer, pick, type Random } from './random.ts'
import { createSubmit, type SubmitOptions } from './submit.ts'
import { createWriter } from './writer.ts'

export interface Gone {
  playerId: string
  how: 'ban' | 'erase'
  /** When the server had said so, by performance.now(). */
  at: number
}

/** People of a leaderboard of their own, with sessions, who are banned and erased while they play. */
export interface Guests {
  board: FaultBoard
  definition: object
  /** Who must not be seen anywhere any more. */
  gone: readonly Gone[]
  /** Sessions that were played in, the last one open unless something could not be closed. */
  sessions: readonly string[]
  start(): void
  /**
   * Somebody who has scores and for whom nothing is under way, taken out of play; null when there is nobody in time.
   * Who needed a retry is never taken: the first try may still be on its way, and bring an erased player back rightly.
   */
  take(): Promise<string | null>
  /** One score through this server; whether a receipt came. */
  submitThrough(playerId: string, node: Node): Promise<boolean>
  /** Bans or erases through the first of these servers that answers; whether one did. */
  remove(playerId: string, how: Gone['how'], nodes: readonly Node[]): Promise<boolean>
  /** Ends the present session and begins another one; why not, or null. */
  closeSession(nodes: readonly Node[]): Promise<string | null>
  stop(): Promise<void>
}

const perSecond = 15
const present = 40
const drainMs = 15_000
const requestMs = 20_000

export function createGuests(options: {
  tag: string
  http: Http
  history: History
  random: Random
  shared: Omit<SubmitOptions, 'received'>
}): Guests {
  const { tag, http, history, random, shared } = options
  const board: FaultBoard = {
    id: `guests-${tag}`,
    order: 'desc',
    operator: 'best',
    ties: 'first',
    rankStyle: 'ordinal',
    types: ['GLOBAL'],
    decimals: 0,
    players: present,
    score: (from) => integer(from, 1, 10_000),
  }
  let made = 0
  const invite = () => `g${tag}-${made++}`
  const playing = Array.from({ length: present }, invite)
  const sent = new Map<string, Submission[]>()
  const sessions = [`s${tag}-0`]
  const gone: Gone[] = []

  const make = (playerId: string): Submission => {
    const one = history.submission(board, playerId, board.score(random), sessions.at(-1))
    sent.set(playerId, [...(sent.get(playerId) ?? []), one])
    return one
  }
  const writer = createWriter(perSecond, createSubmit(shared), () => make(pick(random, playing)))
  const isCertain = (playerId: string) => {
    const list = sent.get(playerId) ?? []
    return list.length > 0 && list.every((one) => one.acknowledged && one.attempts === 1)
  }

  return {
    board,
    definition: { ...definitionOf(board), types: ['GLOBAL', 'SESSION'], graceMs: 1000 },
    gone,
    sessions,
    start: writer.start,
    stop: writer.stop,
    async take() {
      try {
        if (!(await writer.pause(drainMs))) return null
        const certain = playing.filter(isCertain)
        if (certain.length === 0) return null
        const playerId = pick(random, certain)
        playing.splice(playing.indexOf(playerId), 1, invite())
        return playerId
      } finally {
        writer.resume()
      }
    },
    async submitThrough(playerId, node) {
      const one = make(playerId)
      await createSubmit({ ...shared, nodes: [node] })([one], 'once')
      one.open = false
      return one.acknowledged
    },
    async remove(playerId, how, nodes) {
      const path = `/v1/players/${playerId}`
      const request =
        how === 'erase'
          ? { method: 'DELETE', path, statuses: [204, 404] }
          : { method: 'POST', path: `${path}/ban`, body: { reason: 'faults' }, statuses: [200] }
      if (!(await askUntil(http, nodes, { ...request, limitMs: requestMs }))) return false
      // An erased person's rows of the ledger go as well, and so does what the history expects there.
      if (how === 'erase') sent.get(playerId)?.forEach((one) => history.forget(one))
      gone.push({ playerId, how, at: performance.now() })
      return true
    },
    async closeSession(nodes) {
      try {
        if (!(await writer.pause(drainMs))) return 'submissions are still under way'
        const session = sessions.at(-1)!
        const path = `/v1/leaderboards/${board.id}/sessions/${session}/close`
        // 404: nobody has played in it yet.
        const reply = await askUntil(http, nodes, {
          method: 'POST',
          path,
          body: {},
          statuses: [200, 404],
          limitMs: requestMs,
        })
        sessions.push(`s${tag}-${sessions.length}`)
        return reply === null ? 'nobody answers' : null
      } finally {
        writer.resume()
      }
    },
  }
}
