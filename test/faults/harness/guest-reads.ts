import type { Page } from '../../../src/contract/reads.ts'
import type { Guests } from './guests.ts'
import { pick, type Random } from './random.ts'
import type { Read } from './reader.ts'

const newest = 4

/** Pages on which nobody may be who was banned or erased; `goneMs`: how long after the request was answered. */
export function createGuestReads({ board, gone, sessions }: Guests, random: Random, goneMs: number): () => Read {
  return () => {
    const selector = random() < 0.5 ? 'GLOBAL' : `SESSION:${pick(random, sessions.slice(-newest))}`
    return {
      path: `/v1/leaderboards/${board.id}/standings?standings=${selector}&limit=200`,
      check({ status, body }, sentAt) {
        if (status !== 200) return null // a session in which nobody has played yet
        const shown = new Set((body as Page).rows.map((row) => row.playerId))
        const one = gone.find(({ playerId, at }) => at + goneMs < sentAt && shown.has(playerId))
        if (!one) return null
        return `${selector} shows ${one.playerId}, gone (${one.how}) ${Math.round(sentAt - one.at)} ms before`
      },
    }
  }
}
