import type { Log } from '../log.ts'

export interface RedisGate {
  connected(): boolean
  usable(): boolean
  suspect(reason: unknown): void
  connectionUp(): void
  connectionDown(): void
  start(): void
  /** Resolves when no catch-up runs any more. */
  stop(): Promise<void>
}

export interface GateOptions {
  /** One pass; rejects when it did not get through. */
  catchUp(stillConnected: () => boolean): Promise<void>
  /** Milliseconds between passes while all is well: picks up what a node that died did not apply. */
  intervalMs: number
  log: Log
}

const retryMs = 250

/**
 * Decides whether lists in Redis may be served. After a (re)connection, and after anything that may not have been applied,
 * nothing is served until a catch-up that began later has gone through.
 */
export function createRedisGate({ catchUp, intervalMs, log }: GateOptions): RedisGate {
  let connected = false
  let caughtUp = false
  let stopped = false
  // Counts connections and suspicions: a pass vouches only for those from before it began.
  let connection = 0
  let suspicions = 0
  let failing = false
  let wake: () => void = () => {}
  let running: Promise<void> = Promise.resolve()

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const pass = async (): Promise<boolean> => {
    const [atConnection, atSuspicions] = [connection, suspicions]
    try {
      await catchUp(() => connected && connection === atConnection)
    } catch (err) {
      // Tried four times a second: one line tells it.
      if (!failing && !stopped) log.warn({ err }, 'catch-up did not get through; it is tried again until it does')
      failing = true
      return false
    }
    failing = false
    if (connection !== atConnection || suspicions !== atSuspicions) return false
    if (!caughtUp) log.info('Redis is caught up with Postgres; ranks are served from it')
    caughtUp = true
    return true
  }

  const loop = async () => {
    for (;;) {
      if (stopped) return
      const done = connected && (await pass())
      if (stopped) return
      await pause(done || !connected ? intervalMs : retryMs)
    }
  }

  return {
    connected: () => connected,
    usable: () => connected && caughtUp,
    suspect(reason) {
      suspicions += 1
      if (!caughtUp) return
      caughtUp = false
      log.warn({ err: reason }, 'Redis may lack something; ranks come from Postgres until it is caught up')
      wake()
    },
    connectionUp() {
      connection += 1
      connected = true
      caughtUp = false
      wake()
    },
    connectionDown() {
      connection += 1
      connected = false
      caughtUp = false
    },
    start: () => void (running = loop()),
    async stop() {
      stopped = true
      wake()
      await running
    },
  }
}
