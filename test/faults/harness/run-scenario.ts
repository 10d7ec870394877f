import { setTimeout as sleep } from 'node:timers/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { countsText } from './checker.ts'
import type { Cluster } from './cluster.ts'
import { seededRandom } from './random.ts'
import { describeServers } from './describe-servers.ts'
import type { Scenario } from './scenario.ts'
import { startSession, type SessionOptions } from './session.ts'
import { linesOf, seconds, type Violation } from './timeline.ts'

export interface RunOptions {
  seed: number
  long: boolean
  minutes?: number
  /** How long a list may not be served from Redis at the end, in ms. */
  awayMs?: number
  /** How long every server is well before all is compared, in ms. */
  wellMs?: number
  /** Lines for whoever watches. */
  print(line: string): void
}

export interface Verdict {
  scenario: string
  seed: number
  /** Empty when all was well; one may have several lines. */
  violations: string[]
  figures: Record<string, string | number>
  /** Where the history is, when it was kept. */
  history: string | null
}

// What Redis lacks after a degraded receipt has to be there; a catch-up comes every 4 s.
const wellMs = 6000
// A test asserts no duration: there the limits only find what hangs.
const awayMs = { short: 60_000, long: 10_000 }
const short: Omit<SessionOptions, 'seed'> = {
  perSecond: 250,
  readsPerSecond: 40,
  rivals: 300,
  crowd: 200,
  sparse: 5000,
  inFlightLimit: 200,
  wellLimitMs: 120_000,
  answerLimitMs: 30_000,
  degradedMs: 30_000,
}
const long: typeof short = {
  perSecond: 1000,
  readsPerSecond: 100,
  rivals: 1000,
  crowd: 1000,
  sparse: 50_000,
  inFlightLimit: 2000,
  wellLimitMs: 60_000,
  answerLimitMs: 10_000,
  degradedMs: 5000,
}
const warmupMs = 1500
// Violations that are printed as they are seen; the verdict has them all, and more about them.
const toldAtOnce = 20

/** Runs a scenario with clients at work, heals everything and says what was wrong. The same seed makes the same choices. */
export async function runScenario(cluster: Cluster, scenario: Scenario, options: RunOptions): Promise<Verdict> {
  const clients: SessionOptions = options.long
    ? { seed: options.seed, ...long, ...scenario.clients?.long }
    : { seed: options.seed, ...short, ...scenario.clients?.short }
  const delay = monitorEventLoopDelay({ resolution: 10 })
  const session = await startSession(cluster, clients)
  const began = performance.now()
  const figures: Verdict['figures'] = {}
  const progress = (text: string) => options.print(`[${seconds(session.history.now()).padStart(8)}] ${text}`)
  session.history.onViolation((text) => session.history.violated() <= toldAtOnce && progress(`!! ${text}`))
  const say = (text: string) => {
    session.history.fault(text)
    progress(text)
  }
  let violations: Violation[] = []
  let history: string | null = null
  try {
    await sleep(warmupMs)
    delay.enable()
    await scenario.run({
      cluster,
      session,
      random: seededRandom(options.seed),
      long: options.long,
      minutes: options.minutes ?? 1,
      say,
      progress,
      violation: session.history.violation,
      figure: (name, value) => (figures[name] = value),
    })
    const seconds = (performance.now() - began) / 1000
    const { load, climber, reads } = session
    figures['submits/s'] = Math.round(load.sent() / seconds)
    figures['arrivals left out'] = load.leftOut()
    delay.disable()
    say('healing, then comparing everything')
    const report = await session.finish(
      options.wellMs ?? wellMs,
      options.awayMs ?? (options.long ? awayMs.long : awayMs.short),
    )
    violations = report.violations
    Object.assign(figures, report.figures, {
      "climber's scores": climber.scores(),
      'attempts without a receipt': countsText([session.history.failures()]),
      reads: countsText([reads()]),
      'most memory of a server': `${Math.round(Math.max(...cluster.nodes.map((node) => node.peakMb())))} MiB`,
      "harness's longest turn": `${Math.round(delay.max / 1e6)} ms`,
    })
  } catch (error) {
    // A server that does not recover, say: a verdict too.
    const text = `it broke off: ${String(error)}`
    const state = await describeServers(cluster)
    violations = [{ text, before: [...session.history.recent(), ...state] }, ...session.history.violations.slice(0, 20)]
  } finally {
    history = await session.close(violations.length > 0)
  }
  return { scenario: scenario.name, seed: options.seed, violations: linesOf(violations), figures, history }
}
