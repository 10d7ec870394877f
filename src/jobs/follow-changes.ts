import type { ChangesSeen, ChangeStore, Changed } from '../actions/ports/changes.ts'
import type { Log } from '../log.ts'

export interface FollowChangesOptions {
  store: ChangeStore
  /** Drops the copies of what was changed, or all there are. */
  drop(what: Changed | 'all'): void
  /** Milliseconds from one look to the next. */
  intervalMs: number
  log: Log
}

// Noted changes are not kept permanently: all copies are dropped when nothing could be read for this long.
const blindMs = 3_600_000
const looksPerPurge = 15

/**
 * Drops the copies of what any node changed. Nodes tell each other by messages, of which any may be lost; what was noted in
 * Postgres with the change itself is read every few seconds, and at once when messages may have been missed.
 */
export function createChangeFollower({ store, drop, intervalMs, log }: FollowChangesOptions) {
  let seen: ChangesSeen | null = null
  let readAt = performance.now()
  // Counts databases: what was read of one says nothing of another.
  let database = 0
  let looks = 0
  let failing = false
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  const read = async () => {
    const of = database
    const { seen: next, changes } = await store.since(seen)
    if (of !== database) return
    if (changes === 'all') drop('all')
    else changes.forEach(drop)
    seen = next
    readAt = performance.now()
    if (looks++ % looksPerPurge === 0) await store.purge()
  }
  const look = async () => {
    try {
      await read()
      failing = false
    } catch (err) {
      if (!failing && !stopped) log.warn({ err }, 'changes of other nodes could not be read; it is tried again')
      failing = true
      if (performance.now() - readAt < blindMs) return
      readAt = performance.now()
      drop('all')
    }
  }
  /** One after the other: each goes on where the one before ended. */
  const inTurn = () => (running = running.then(look))
  const next = () => {
    if (!stopped) timer = setTimeout(() => void inTurn().finally(next), intervalMs).unref()
  }
  return {
    /** Resolves when what was committed before the call has been read, unless Postgres does not answer. */
    look: inTurn,
    /** The database is another one, and all copies are dropped. */
    forget() {
      database += 1
      seen = null
    },
    start: () => void inTurn().finally(next),
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
