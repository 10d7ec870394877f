import { setTimeout as sleep } from 'node:timers/promises'

/** The same signal again within this time, in ms, is one Ctrl-C: the terminal and npm both pass it on. */
const SAME_SIGNAL_MS = 300

export interface Stoppable {
  stop(): Promise<void>
}

/**
 * On SIGTERM or SIGINT calls `stop` once and exits: 0 when it worked, 1 when it failed or took longer than `timeoutMs`.
 * A second signal exits at once. Returns a function that does the same as a first signal.
 */
export function stopOnSignals(service: Stoppable, timeoutMs: number, onError: (error: unknown) => void): () => void {
  let stoppingSince: number | null = null

  const begin = () => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1)
      return
    }
    stoppingSince = performance.now()
    void finish(service, timeoutMs, onError)
  }
  process.on('SIGTERM', begin)
  process.on('SIGINT', begin)
  return begin
}

async function finish(service: Stoppable, timeoutMs: number, onError: (error: unknown) => void): Promise<never> {
  const late = sleep(timeoutMs, undefined, { ref: true }).then(() => {
    throw new Error(`the stop took longer than ${timeoutMs} ms`)
  })
  try {
    await Promise.race([service.stop(), late])
    process.exit(0)
  } catch (error) {
    onError(error)
    process.exit(1)
  }
}
