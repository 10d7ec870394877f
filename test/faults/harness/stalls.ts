// How long the harness itself did not get to run: what it measures from outside is no fault of the server's then.
const everyMs = 50
const noticedMs = 100
const remembered = 1000

const stalls: { at: number; ms: number }[] = []
let last = performance.now()
setInterval(() => {
  const now = performance.now()
  const ms = now - last - everyMs
  last = now
  if (ms > noticedMs) stalls.push({ at: now, ms })
  if (stalls.length > remembered) stalls.shift()
}, everyMs).unref()

/** Milliseconds since `from` (performance.now()) in which this process stood still. */
export function stalledSince(from: number): number {
  const running = performance.now() - last - everyMs
  return stalls.reduce((sum, { at, ms }) => (at < from ? sum : sum + ms), Math.max(0, running))
}
