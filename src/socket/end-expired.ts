import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Session } from '../contract/roles.ts'

const endedPerTurn = 200

/** What a sweep needs of a connection. */
export interface Expiring {
  data: { session: Session }
  disconnect(close: boolean): unknown
}

/**
 * Ends the connections whose token has expired at `now` (epoch milliseconds): nothing is sent to them any more. One look at
 * all of them costs less than a timer each. Tokens of one second may be many: others get their turn in between.
 */
export async function endExpired(sockets: ReadonlyMap<string, Expiring>, now: number): Promise<void> {
  let ended = 0
  for (const socket of sockets.values()) {
    if (socket.data.session.exp * 1000 > now) continue
    socket.disconnect(true)
    if (++ended % endedPerTurn === 0) await nextTurn()
  }
}
