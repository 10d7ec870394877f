import { setTimeout as sleep } from 'node:timers/promises'
import type { AckError } from '../../../src/contract/errors.ts'
import type { BatchResult, Receipt } from '../../../src/contract/submission.ts'
import { NoAnswer, type Http, type Reply } from './http.ts'
import type { History, Submission } from './history.ts'
import type { Node } from './node.ts'
import { integer, pick, type Random } from './random.ts'
import { stalledSince } from './stalls.ts'

export interface SubmitOptions {
  http: Http
  nodes: readonly Node[]
  history: History
  random: Random
  /** Milliseconds within which every request has to be answered. */
  answerLimitMs: number
  /** Whether to go on sending what was not acknowledged. */
  goOn(): boolean
  /** Called with every receipt, and when (performance.now()) its request was sent. */
  received?(submission: Submission, receipt: Receipt, sentAt: number): void
}

/** Sends submissions of one leaderboard until each has a receipt or a final error. */
export type Submit = (list: Submission[], patience?: 'until answered' | 'once') => Promise<void>

/**
 * Retries broken connections and retryable errors under the same ids, on whatever server lives, after 100-400 ms. With
 * `once`, the client gives up after the first try, whatever became of it. Everything goes into the history.
 */
export function createSubmit(options: SubmitOptions): Submit {
  const { history, random, nodes } = options

  const attempt = async (list: Submission[], node: Node, url: string): Promise<Submission[]> => {
    const board = list[0]!.board
    const single = list.length === 1
    const path = `/v1/leaderboards/${board.id}/scores${single ? '' : '/batch'}`
    const payload = list.map(({ id, playerId, score, sessionId }) => ({
      submissionId: id,
      playerId,
      score,
      ...(sessionId === undefined ? {} : { sessionId }),
    }))
    history.tried(list, node.number)
    const sentAt = performance.now()
    const reply = await timed(options, node, path, () =>
      options.http.send(url, 'POST', path, single ? payload[0] : { submissions: payload }),
    )
    if (typeof reply === 'string') {
      history.failed(list, node.number, reply)
      return list
    }
    if (reply.status !== 200) return refused(list, node, reply.status, reply.body as AckError | null)
    const items = single ? [reply.body as Receipt] : (reply.body as BatchResult).receipts
    return list.flatMap((one, at) => {
      const item = items[at]
      if (item === undefined || item.submissionId !== one.id) {
        history.violation(`${one.id}: the answer is for ${item?.submissionId}`)
        return []
      }
      if ('error' in item) return refused([one], node, 200, item.error)
      history.receipt(one, node.number, item)
      options.received?.(one, item, sentAt)
      return []
    })
  }
  /** Returns what may be sent again. */
  const refused = (list: Submission[], node: Node, status: number, error: AckError | null): Submission[] => {
    history.failed(list, node.number, error?.code ?? `status ${status}`)
    if (error?.retryable) return list
    history.violation(`${list[0]!.id} on server ${node.number}: ${status} ${JSON.stringify(error)}`)
    return []
  }

  return async (list, patience = 'until answered') => {
    let left = list
    while (left.length > 0 && options.goOn()) {
      const live = nodes.filter((node) => node.url() !== null)
      if (live.length > 0) {
        const node = pick(random, live)
        left = await attempt(left, node, node.url()!)
        if (patience === 'once') return
      }
      if (left.length > 0) await sleep(integer(random, 100, 400))
    }
  }
}

/** A reply, or why there was none. An answer that takes too long is noted, unless the server was paused meanwhile. */
export async function timed(
  { history, answerLimitMs }: Pick<SubmitOptions, 'history' | 'answerLimitMs'>,
  node: Node,
  path: string,
  send: () => Promise<Reply>,
): Promise<Reply | string> {
  const from = performance.now()
  const late = (what: string) => {
    const ms = Math.round(performance.now() - from - stalledSince(from))
    if (ms > answerLimitMs && !node.pausedSince(from))
      history.violation(`server ${node.number}: ${what} after ${ms} ms, ${path}`)
  }
  try {
    const reply = await send()
    late(`${reply.status}`)
    return reply
  } catch (error) {
    late('no answer')
    if (error instanceof NoAnswer) return 'no answer'
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message
  }
}
