import { setTimeout as sleep } from 'node:timers/promises'
import type { BatchResult, Receipt } from '../../src/contract/submission.ts'
import type { Client } from './client.ts'

export interface Sent {
  playerId: string
  score: number
  submissionId: string
}

const retryMs = 100
const limitMs = 60_000

/**
 * Submits until there is a receipt: broken connections and retryable errors are tried again under the same id, at a
 * bounded rate. Any other answer rejects. `client` is asked again for each try, since servers come and go.
 */
export async function submitUntilAnswered(client: () => Client, leaderboard: string, sent: Sent): Promise<Receipt> {
  return until(async () => {
    const answer = await client().submit<Receipt & { retryable?: boolean }>(leaderboard, sent)
    if (answer.status === 200) return answer.body
    if (answer.body.retryable) return null
    throw new FinalAnswer(`${answer.status} ${JSON.stringify(answer.body)}`)
  })
}

/** The same for a batch: what failed retryably is sent again. Receipts are in the order of what was sent. */
export async function submitBatchUntilAnswered(
  client: () => Client,
  leaderboard: string,
  batch: Sent[],
): Promise<Receipt[]> {
  const receipts = new Map<string, Receipt>()
  await until(async () => {
    const submissions = batch.filter((one) => !receipts.has(one.submissionId))
    const path = `/v1/leaderboards/${leaderboard}/scores/batch`
    const answer = await client().send<BatchResult & { retryable?: boolean }>('POST', path, { submissions })
    if (answer.status !== 200) {
      if (answer.body.retryable) return null
      throw new FinalAnswer(`${answer.status} ${JSON.stringify(answer.body)}`)
    }
    for (const one of answer.body.receipts) {
      if (!('error' in one)) receipts.set(one.submissionId, one)
      else if (!one.error.retryable) throw new FinalAnswer(JSON.stringify(one))
    }
    return receipts.size === batch.length ? true : null
  })
  return batch.map((one) => receipts.get(one.submissionId)!)
}

/** Runs workers side by side, each calling `step` again and again, until `stop` is called; it resolves when all ended. */
export function keepBusy(workers: number, step: (worker: number, round: number) => Promise<void>) {
  const stopping = new AbortController()
  const run = async (worker: number) => {
    for (let round = 0; !stopping.signal.aborted; round++) await step(worker, round)
  }
  const done = Promise.all(Array.from({ length: workers }, (_, worker) => run(worker)))
  // A worker's failure shows when the load is stopped.
  done.catch(() => {})
  return {
    async stop(): Promise<void> {
      stopping.abort()
      await done
    },
  }
}

class FinalAnswer extends Error {}

async function until<T>(attempt: () => Promise<T | null>): Promise<T> {
  const giveUpAt = Date.now() + limitMs
  for (;;) {
    let failure: unknown = new Error('only retryable answers')
    try {
      const result = await attempt()
      if (result !== null) return result
    } catch (error) {
      if (error instanceof FinalAnswer) throw error
      failure = error
    }
    if (Date.now() > giveUpAt) throw failure
    await sleep(retryMs)
  }
}
