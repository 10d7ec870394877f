/** Clients that a stop sends to the other nodes in a second. */
const clientsPerSecond = 2000
const soonestMs = 500
const longestMs = 10_000

/**
 * When client `at` of `count` is to come back, in ms. A small node's clients move at once, those of a large one over some
 * seconds: their handshakes and joins would overrun the other nodes.
 */
export function reconnectInMs(at: number, count: number): number {
  const windowMs = Math.min((count / clientsPerSecond) * 1000, longestMs)
  return soonestMs + Math.floor((windowMs * at) / count)
}
