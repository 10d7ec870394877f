import { writeFileSync } from 'node:fs'
import { residentMb } from '../../../bench/lib/process-cpu.ts'
import { startServer, type ServerProcess } from '../../helpers/server.ts'
import { errorLines } from '../../helpers/oracle/truth.ts'
import type { FaultProxy } from './fault-proxy.ts'

/** One of the cluster's servers: a process that comes and goes, behind proxies that stay. */
export interface Node {
  number: number
  /** Null while no process serves. */
  url(): string | null
  process(): ServerProcess | null
  proxies: { redis: FaultProxy; postgres: FaultProxy }
  /** Resolves when it serves; at once when it already does. */
  start(): Promise<void>
  kill(): Promise<void>
  /** SIGTERM; returns the exit code and how long it took, in ms. */
  terminate(): Promise<{ code: number | null; ms: number }>
  pause(): void
  resume(): void
  /** How far its clock is from this machine's, in ms, from now on and also after a restart. */
  setClock(byMs: number): void
  /** Whether it was paused at some moment since `at` (performance.now()). */
  pausedSince(at: number): boolean
  /** MiB that its process holds now; 0 without one. */
  memoryMb(): number
  /** The most memory a process of it held so far, in MiB, sampled once a second. */
  peakMb(): number
  /** Lines at error level of all its processes since the last call, and how often each warning came. */
  takeLog(): { errors: string[]; warnings: Record<string, number> }
  /** Log lines with this message since the last `takeLog`, parsed. */
  logged(message: string): Record<string, unknown>[]
  /** Stops whatever runs. */
  end(): Promise<void>
}

const clockPreload = new URL('./clock-preload.mjs', import.meta.url).href

/** `clockFile`: where its process reads how far its clock is off. */
export function createNode(
  number: number,
  environment: Record<string, string>,
  proxies: Node['proxies'],
  clockFile: string,
): Node {
  const env = { ...environment, NODE_OPTIONS: `--import ${clockPreload}`, CLOCK_FILE: clockFile }
  let current: ServerProcess | null = null
  let starting: Promise<void> | null = null
  let processes: ServerProcess[] = []
  let [pausedNow, lastPause, peak] = [false, -Infinity, 0]
  let clockWasSet = false
  const memoryMb = () => (current && residentMb(current.pid)) || 0
  const sampler = setInterval(() => (peak = Math.max(peak, memoryMb())), 1000).unref()

  const launch = async () => {
    const server = await startServer(env)
    processes.push(server)
    current = server
    void server.exited.then(() => {
      if (current === server) current = null
    })
  }
  const resume = () => {
    if (pausedNow) lastPause = performance.now()
    pausedNow = false
    current?.kill('SIGCONT')
  }
  const node: Node = {
    number,
    url: () => current?.url ?? null,
    process: () => current,
    proxies,
    start() {
      if (current) return Promise.resolve()
      starting ??= launch().finally(() => (starting = null))
      return starting
    },
    async kill() {
      const server = current
      server?.kill('SIGKILL')
      await server?.exited
      current = null
      pausedNow = false
    },
    async terminate() {
      const server = current
      const from = performance.now()
      const code = server ? await server.stop() : null
      return { code, ms: performance.now() - from }
    },
    pause() {
      pausedNow = true
      current?.kill('SIGSTOP')
    },
    resume,
    setClock(byMs) {
      clockWasSet = true
      writeFileSync(clockFile, String(byMs))
    },
    pausedSince: (at) => pausedNow || lastPause >= at,
    memoryMb,
    peakMb: () => peak,
    takeLog() {
      const lines = processes.flatMap(({ logs }) => logs.splice(0))
      processes = current ? [current] : []
      const warnings: Record<string, number> = {}
      for (const line of lines) {
        if (!line.startsWith('{"level":40,')) continue
        const { msg, err } = JSON.parse(line) as { msg: string; err?: { message: string } }
        const text = err ? `${msg} (${err.message})` : msg
        warnings[text] = (warnings[text] ?? 0) + 1
      }
      // That its clock is wrong is right to say, once it was set.
      const wrong = errorLines(lines).filter(
        (line) => !(clockWasSet && line.includes('"msg":"the clock of this machine')),
      )
      return { errors: wrong.map((line) => `server ${number}: ${line}`), warnings }
    },
    logged: (message) =>
      processes.flatMap(({ logs }) =>
        logs
          .filter((line) => line.includes(`"msg":"${message}"`))
          .map((line) => JSON.parse(line) as object as Record<string, unknown>),
      ),
    async end() {
      clearInterval(sampler)
      await starting?.catch(() => {})
      resume()
      await node.terminate()
    },
  }
  return node
}
