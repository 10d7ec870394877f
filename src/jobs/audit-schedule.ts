import { spread } from '../timing/back-off.ts'
import type { RunStore } from '../actions/ports/repair.ts'
import type { Log } from '../log.ts'

export interface ScheduleOptions {
  runs: Pick<RunStore, 'claimAudit' | 'lastClean'>
  /** Milliseconds from one audit of everything to the next, whichever node does it; 0 = never. */
  intervalMs: number
  /** Whether an audit makes sense now. */
  ready(): boolean
  run(claimed: number): Promise<unknown>
  /** Called to say when the last clean audit ended (epoch ms), null when there was none. */
  onLastClean(at: number | null): void
  log: Log
}

const looks = 10

/**
 * Has everything audited once an interval by one of the nodes. A claim in Postgres decides who, so that no lock has to be
 * kept for as long as an audit takes; one that dies in it is followed by the next interval's.
 */
export function createAuditSchedule(options: ScheduleOptions) {
  const { runs, intervalMs, log } = options
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = false

  const look = async () => {
    try {
      options.onLastClean(await runs.lastClean())
      const claimed = options.ready() ? await runs.claimAudit(intervalMs) : null
      if (claimed === null || stopped) return
      await options.run(claimed)
    } catch (err) {
      if (!stopped) log.warn({ err }, 'the periodic audit failed')
    }
  }
  const next = () => {
    if (stopped || intervalMs === 0) return
    // Not all nodes at once.
    const wait = spread(intervalMs / looks)
    timer = setTimeout(() => {
      running = look().finally(next)
    }, wait).unref()
  }
  return {
    start: next,
    /** Resolves when no audit runs any more; what it waits for has to fail by then. */
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
