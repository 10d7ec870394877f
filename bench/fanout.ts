import { setTimeout as sleep } from 'node:timers/promises'
import { io } from 'socket.io-client'
import { runLoad, startLoad, startPublishServer, type Outcome } from './lib/child.ts'
import { describeRun } from './lib/machine.ts'
import { loadMembers } from './lib/members.ts'
import type { BenchOptions } from './lib/options.ts'
import { residentMb } from './lib/process-cpu.ts'
import { progress } from './lib/progress.ts'
import { perSecond, type Report } from './lib/report.ts'
import { startStack, type Stack } from './lib/stack.ts'

const tickMs = 100
const probesPerSecond = 20
const stalled = 100
// Few players, so that few submissions change something in every tick: its CPU is then that of its delivery.
const calm = { leaderboard: 'calm', rate: 100, players: 300 }
const busy = { leaderboard: 'arena', rate: 1000, players: 10_000 }

/** What it costs to show changes to many watchers, and how soon they see them. */
export async function benchFanout(options: BenchOptions): Promise<Report & { transport: string }> {
  const watchers = options.watchers
  const stack = await startStack(options)
  const header = await describeRun(stack, options.env)
  for (const { leaderboard, players } of [calm, busy])
    await loadMembers(stack, leaderboard, players, { operator: 'sum', tickMs })
  const { url, token } = stack
  const scenarios: Report['scenarios'] = []
  const keep = (name: string, outcome: Outcome) => {
    scenarios.push({ name, outcome })
    progress(`${name}: ${perSecond(outcome.median.rate)}/s`)
    return outcome
  }
  const submitting = (load: typeof calm) =>
    startLoad({ kind: 'socket', url, token, connections: 8, operator: 'sum', ...load })
  const watching = (count: number, observed: Record<string, number>, leaderboard: string | null, on = url) =>
    runLoad({ kind: 'watch', url: on, watchers: count, asks: asking(leaderboard) }, options, observed)

  progress(`${calm.rate} submissions/s, ${watchers} watchers, then one ...`)
  const calmLoad = submitting(calm)
  const messages = await recordDeltas(url, calm.leaderboard, 50)
  // First the many: the server is then as warm for the one.
  const many = keep(
    `${watchers} watchers, ${calm.rate} submissions/s`,
    await watching(watchers, stack.pids, calm.leaderboard),
  )
  const one = keep(`1 watcher, ${calm.rate} submissions/s`, await watching(1, stack.pids, calm.leaderboard))
  await calmLoad.stop()

  progress('bare publish of the same bytes ...')
  const bare = await startPublishServer({ transport: stack.transport, messages, everyMs: tickMs })
  const least = keep('bare publish of such deltas', await watching(watchers, { node: bare.pid }, null, bare.url))
  bare.stop()

  progress(`${busy.rate} submissions/s ...`)
  const busyLoad = submitting(busy)
  const bytes = keep(
    `${watchers} watchers, ${busy.rate} submissions/s`,
    await watching(watchers, stack.pids, busy.leaderboard),
  )
  await busyLoad.stop()
  const page = JSON.stringify(
    await stack.call('GET', `/v1/leaderboards/${busy.leaderboard}/standings?limit=100`),
  ).length

  progress('the rate at which it is full ...')
  const background = startLoad({ kind: 'watch', url, watchers, asks: asking(busy.leaderboard) })
  await sleep(2000)
  const submit = { ...busy, kind: 'socket', url, token, operator: 'sum', connections: 64 } as const
  const full = keep(
    `submissions of 64 sockets, ${watchers} watchers`,
    await runLoad({ ...submit, rate: null }, options, stack.pids),
  )
  const half = full.median.rate / 2
  const halfLoad = startLoad({ ...submit, rate: half })
  const probe = (name: string) => {
    const job = { kind: 'probe', url, token, leaderboard: busy.leaderboard, rate: probesPerSecond } as const
    return runLoad({ ...job, above: 2 ** 40 }, options, stack.pids).then((outcome) => keep(name, outcome))
  }
  const seen = await probe(`probes at half of that rate, ${watchers} watchers`)
  const before = residentMb(stack.pids.node)
  const stalledLoad = startLoad({
    kind: 'watch',
    url,
    watchers: stalled,
    asks: asking(busy.leaderboard),
    stalled: true,
  })
  const seenBeside = await probe(`the same beside ${stalled} that read nothing`)
  const grown = residentMb(stack.pids.node) - before
  await stalledLoad.stop()
  await halfLoad.stop()
  await background.stop()

  const cost = (many.median.cpu['node']! - one.median.cpu['node']!) / (many.median.count - one.median.count)
  const leastCost = least.median.cpu['node']! / least.median.count
  const micros = (ms: number) => `${(ms * 1000).toFixed(2)} us`
  const perWatcher = (bytes.median.bytes ?? 0) / bytes.median.seconds / watchers
  const wholePages = (page * 1000) / tickMs
  return {
    name: 'fanout',
    transport: stack.transport,
    header,
    verdicts: [
      {
        what: 'server CPU a delivered delta',
        measured: micros(cost),
        yardstick: micros(leastCost),
        value: cost / leastCost,
        unit: 'x',
        targets: [{ from: 'targets: live deltas', atMost: 1.3 }],
      },
      {
        what: `bytes a second for a watcher, ${busy.rate} submissions/s`,
        measured: perSecond(perWatcher),
        yardstick: perSecond(wholePages),
        value: perWatcher / wholePages,
        unit: 'x',
        targets: [{ from: 'targets: live deltas', atMost: 0.05 }],
      },
      {
        what: `submit to seen, p99, at ${perSecond(half)} submissions/s`,
        measured: '',
        yardstick: '',
        value: seen.median.p99,
        unit: ' ms',
        targets: [{ from: 'targets: live deltas', atMost: tickMs + 50 }],
      },
      {
        what: `the same beside ${stalled} clients that read nothing`,
        measured: `${seenBeside.median.p99.toFixed(1)} ms`,
        yardstick: `${seen.median.p99.toFixed(1)} ms`,
        value: seenBeside.median.p99 / seen.median.p99,
        unit: 'x',
        targets: [],
      },
      {
        what: `memory of node for each of them, at most 1 MiB unread: MiB`,
        measured: `${grown.toFixed(1)} in all`,
        yardstick: '',
        value: grown / stalled,
        unit: '',
        targets: [{ from: 'targets: live deltas', atMost: 1 }],
      },
    ],
    scenarios,
    notes: [
      `${watchers} watchers of one room on bare WebSockets in one process, ${busy.players.toLocaleString('en-US')} members with sums (${calm.players} where ${calm.rate} submissions/s are sent), tick ${tickMs} ms, the first 100 rows.`,
      `CPU a delivered delta: node's CPU with ${watchers} watchers less that with one, over the deliveries in between. The yardstick publishes ${messages.length} recorded deltas of such a run in turns, one a tick, to as many sockets.`,
      `Bytes: WebSocket payloads of deltas; the yardstick is the top-100 page as JSON (${page} bytes) every tick.`,
      `Submit to seen: ${probesPerSecond} probes a second through sockets of their own, at half the rate that 64 sockets reached with the same watchers (open loop).`,
      `Each scenario: ${options.warmup} s dropped, then ${options.runs} runs of ${options.seconds} s; the median run counts.`,
    ],
  }
}

const asking = (leaderboard: string | null) =>
  leaderboard === null ? null : ({ event: 'standings:join', leaderboard } as const)

/** Deltas as they go over the wire. */
async function recordDeltas(url: Stack['url'], leaderboard: string, count: number): Promise<string[]> {
  const socket = io(url, { transports: ['websocket'], forceNew: true })
  const messages: string[] = []
  await new Promise<void>((resolve) => {
    socket.on('standings:delta', (delta: unknown) => {
      messages.push(`42${JSON.stringify(['standings:delta', delta])}`)
      if (messages.length === count) resolve()
    })
    socket.emit('standings:join', { leaderboard }, () => {})
  })
  socket.disconnect()
  return messages
}
