import type { Log } from '../log.ts'

const pollMs = 500

/** Loads again and again, every 0.5 s, until it is stopped. The log says once what `failing` means while it fails. */
export function createPolling(load: () => Promise<void>, failing: string, log: Log) {
  let timer: NodeJS.Timeout | undefined
  let failed = false
  let stopped = false
  const tick = async () => {
    try {
      await load()
      failed = false
    } catch (err) {
      if (!failed && !stopped) log.warn({ err }, failing)
      failed = true
    }
    if (!stopped) timer = setTimeout(() => void tick(), pollMs).unref()
  }
  return {
    /** One time more, now. */
    load,
    start: () => void tick(),
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

export type Polling = ReturnType<typeof createPolling>
