import type { RunCounts, RunStore } from '../actions/ports/repair.ts'

// Well within the 30 s after which a run counts as interrupted, and another one may begin.
const everyMs = 2000

/** Records how far a run is until it is called: a run goes on for minutes without an end of anything. */
export function tellProgress(runs: Pick<RunStore, 'progress'>, runId: number, counts: () => RunCounts): () => void {
  const timer = setInterval(() => {
    runs.progress(runId, counts()).catch(() => {}) // the end tells all of it
  }, everyMs)
  return () => clearInterval(timer)
}
