import type { Log } from '../log.ts'

export interface RedisGate {
  /** Redis answers and may hold ranks. */
  connected(): boolean
  usable(): boolean
  /** For health: `unfit` is a Redis that must not hold ranks as it is set up. */
  state(): 'ok' | 'catching-up' | 'unfit' | 'down'
  suspect(reason: unknown): void
  /** Returns whether the connection of now is still the one, however often it is asked later. */
  watch(): () => boolean
  connectionUp(): void
  connectionDown(): void
  start(): void
  /** Resolves when no catch-up runs any more. */
  stop(): Promise<void>
}

export interface GateOptions {
  /** Why Redis must not hold ranks as it is set up, or null; asked before every pass. */
  unfit(): Promise<string | null>
  /** One pass; rejects when it failed. */
  catchUp(stillConnected: () => boolean): Promise<void>
  /** Milliseconds between passes while all is well: picks up what a node that died did not apply. */
  intervalMs: number
  log: Log
}

const retryMs = 250

/**
 * Decides whether lists in Redis may be served. After a (re)connection, and after anything that may not have been applied,
 * nothing is served until a catch-up that began later has gone through. An unfit Redis is not used at all, and looked at
 * again every `intervalMs`.
 */
export function createRedisGate({ unfit, catchUp, intervalMs, log }: GateOptions): RedisGate {
  let connected = false
  let caughtUp = false
  let fit = false
  let refusal: string | null = null
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

  const watch = () => {
    const at = connection
    return () => connected && connection === at
  }

  const judge = (why: string | null) => {
    if (why !== null && why !== refusal)
      log.error(`Redis is not used: ${why}. Ranks come from Postgres; it is looked at again every few seconds`)
    if (why === null && refusal !== null) log.info('Redis may be used again')
    refusal = why
    fit = why === null
    if (!fit) caughtUp = false
  }

  /** Whether nothing is to be done before the next interval. */
  const pass = async (): Promise<boolean> => {
    const [atConnection, atSuspicions] = [connection, suspicions]
    const stillConnected = watch()
    try {
      const why = await unfit()
      if (connection !== atConnection) return false
      judge(why)
      if (!fit) return true
      await catchUp(stillConnected)
    } catch (err) {
      // Tried four times a second: one line tells it.
      if (!failing && !stopped) log.warn({ err }, 'catch-up failed; retrying')
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
      // A suspicion that came just after the pass found no pause to end.
      const calm = done && (caughtUp || refusal !== null)
      await pause(calm || !connected ? intervalMs : retryMs)
    }
  }

  return {
    connected: () => connected && fit,
    usable: () => connected && caughtUp,
    state() {
      if (!connected) return 'down'
      if (refusal !== null) return 'unfit'
      return caughtUp ? 'ok' : 'catching-up'
    },
    suspect(reason) {
      suspicions += 1
      if (!caughtUp) return
      caughtUp = false
      log.warn({ err: reason }, 'Redis may lack something; ranks come from Postgres until it is caught up')
      wake()
    },
    watch,
    connectionUp() {
      connection += 1
      connected = true
      caughtUp = false
      fit = false
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
