import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { EmptyServer } from '../load/empty-server.ts'
import type { Job, Message } from '../load/process.ts'
import type { PublishServer } from '../load/publish-server.ts'
import type { Timing, Window } from '../load/recorder.ts'
import { atEnd } from './cleanup.ts'
import { readCpu } from './process-cpu.ts'
import { medianBy } from './statistics.ts'
import { root } from './stack.ts'

/** One measured run. */
export interface Sample extends Window {
  rate: number
  /** CPU milliseconds of the observed process trees while it ran. */
  cpu: Record<string, number>
  /** CPU milliseconds that neither they nor the generator used: what else ran on this machine. */
  others: number | null
}

export interface Outcome {
  /** The run with the median rate. */
  median: Sample
  rates: number[]
  /** Operations answered over the whole time, warm-up included. */
  completed: number
}

/** Several outcomes of the same job as one. */
export function joinOutcomes(outcomes: Outcome[]): Outcome {
  return {
    median: medianBy(
      outcomes.map((one) => one.median),
      (sample) => sample.rate,
    ),
    rates: outcomes.flatMap((one) => one.rates),
    completed: outcomes.reduce((sum, one) => sum + one.completed, 0),
  }
}

/** Runs a job in a process of its own and watches the CPU of the given process trees over each run. */
export async function runLoad(job: Job, timing: Timing, observed: Record<string, number>): Promise<Outcome> {
  const { child, exited } = start('../load/process.ts')
  const samples: Sample[] = []
  let before: Record<string, number> = {}
  const end: { completed?: number; error?: string } = {}
  child.on('message', (message: Message) => {
    if (message === 'opened') before = readCpu(observed)
    else if ('window' in message) {
      samples.push(toSample(message.window, before, readCpu(observed)))
    } else Object.assign(end, message)
  })
  child.send({ job, timing })
  await exited
  if (end.completed === undefined) throw new Error(end.error ?? 'the load process ended early')
  const median = medianBy(samples, (sample) => sample.rate)
  return { median, rates: samples.map((sample) => sample.rate), completed: end.completed }
}

function toSample(window: Window, before: Record<string, number>, after: Record<string, number>): Sample {
  const { machine, ...cpu } = Object.fromEntries(
    Object.keys(after).map((name) => [name, after[name]! - (before[name] ?? 0)]),
  )
  const known = Object.values(cpu).reduce((sum, ms) => sum + ms, window.cpuMs)
  const others = machine === undefined ? null : Math.max(0, machine - known)
  // Without a latency there is no percentile, and NaN does not survive the way here.
  const [p50, p99] = [window.p50 ?? Number.NaN, window.p99 ?? Number.NaN]
  return { ...window, p50, p99, rate: window.count / window.seconds, cpu, others }
}

/** A load that goes on until `stop`, as a background. */
export function startLoad(job: Job): { stop(): Promise<void> } {
  const { child, exited } = start('../load/process.ts')
  child.on('message', (message: Message) => {
    if (typeof message === 'object' && 'error' in message) console.error(`background load: ${message.error}`)
  })
  child.send({ job, timing: { warmup: 24 * 3600, seconds: 0, runs: 0 } })
  return {
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** A server that answers constant bodies, in a process of its own. */
export async function startEmptyServer(answers: EmptyServer): Promise<{ url: string; pid: number }> {
  const { child } = start('../load/empty-server.ts')
  child.send(answers)
  const [port] = (await once(child, 'message')) as [number]
  return { url: `http://127.0.0.1:${port}`, pid: child.pid! }
}

/** A server that sends constant messages to everybody, in a process of its own. */
export async function startPublishServer(job: PublishServer): Promise<{ url: string; pid: number; stop(): void }> {
  const { child } = start('../load/publish-server.ts')
  child.send(job)
  const [port] = (await once(child, 'message')) as [number]
  return { url: `http://127.0.0.1:${port}`, pid: child.pid!, stop: () => child.kill('SIGKILL') }
}

function start(file: string): { child: ChildProcess; exited: Promise<unknown> } {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { cwd: root, execArgv: ['--import', 'tsx'] })
  const exited = once(child, 'exit')
  atEnd(() => child.kill('SIGKILL'))
  return { child, exited }
}
