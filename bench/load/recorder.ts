import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../lib/statistics.ts'

export interface Window {
  count: number
  seconds: number
  /** Latencies in milliseconds. */
  p50: number
  p99: number
  /** CPU milliseconds of this process. */
  cpuMs: number
  /** Bytes received, where a load counts them. */
  bytes?: number
}

/** Collects latencies of completed operations; only while a window is open do they count. */
export interface Recorder {
  done(latencyMs: number): void
  received(bytes: number): void
  /** Something went wrong: the bench fails with the first of these. */
  fail(what: string): void
}

/** A kind of load: runs until the function it resolves with is called. */
export type Load<Job> = (job: Job, recorder: Recorder) => Promise<() => Promise<void>>

export interface Timing {
  warmup: number
  seconds: number
  runs: number
}

/** Runs a load: a warm-up that is dropped, then the windows back to back. `say` is told when the first one opens. */
export async function runWindows<Job>(
  load: Load<Job>,
  job: Job,
  { warmup, seconds, runs }: Timing,
  say: { opened(): void; closed(window: Window): void },
): Promise<{ completed: number }> {
  let latencies: number[] | undefined
  let bytes = 0
  const counts = { completed: 0, failed: 0 }
  let firstFailure = ''
  const stop = await load(job, {
    done(latencyMs) {
      counts.completed++
      latencies?.push(latencyMs)
    },
    received(count) {
      bytes += count
    },
    fail(what) {
      if (counts.failed++ === 0) firstFailure = what
    },
  })
  await sleep(warmup * 1000)
  for (let run = 0; run < runs && counts.failed === 0; run++) {
    say.opened()
    const [opened, cpu] = [performance.now(), process.cpuUsage()]
    latencies = []
    bytes = 0
    await sleep(seconds * 1000)
    const elapsed = (performance.now() - opened) / 1000
    const used = process.cpuUsage(cpu)
    const sorted = Float64Array.from(latencies).sort()
    latencies = undefined
    say.closed({
      count: sorted.length,
      seconds: elapsed,
      p50: percentile(sorted, 50),
      p99: percentile(sorted, 99),
      cpuMs: (used.user + used.system) / 1000,
      ...(bytes === 0 ? {} : { bytes }),
    })
  }
  await stop()
  if (counts.failed > 0) throw new Error(`${counts.failed} operations failed, the first: ${firstFailure}`)
  return { completed: counts.completed }
}
