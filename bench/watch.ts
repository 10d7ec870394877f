import { Redis } from 'ioredis'
import { runLoad, startLoad } from './lib/child.ts'
import { describeRun } from './lib/machine.ts'
import { loadMembers } from './lib/members.ts'
import type { BenchOptions } from './lib/options.ts'
import { readCpu } from './lib/process-cpu.ts'
import { progress } from './lib/progress.ts'
import { perSecond, type Report } from './lib/report.ts'
import { startStack, type Stack } from './lib/stack.ts'

const board = { leaderboard: 'arena', players: 100_000 }
const ranksEach = 10
const submissionsPerSecond = 500
const plainRanks = 200_000

/** What watched ranks cost while scores change, and what becomes of them past the budget. */
export async function benchWatch(options: BenchOptions): Promise<Report & { transport: string }> {
  const { watchers } = options
  const players = options.quick ? 2000 : board.players
  const stack = await startStack(options)
  const header = await describeRun(stack, options.env)
  await loadMembers(stack, board.leaderboard, players, { operator: 'sum' })
  const { url, token } = stack
  const submitting = startLoad({
    kind: 'socket',
    url,
    token,
    connections: 8,
    operator: 'sum',
    rate: submissionsPerSecond,
    leaderboard: board.leaderboard,
    players,
  })
  const measure = async (count: number) => {
    progress(`${count} sockets with ${ranksEach} ranks each ...`)
    const asks = { event: 'rank:watch', leaderboard: board.leaderboard, ranks: ranksEach, players } as const
    const began = { lookups: await lookups(stack), at: performance.now() }
    const outcome = await runLoad({ kind: 'watch', url, watchers: count, asks }, options, stack.pids)
    const perS = ((await lookups(stack)) - began.lookups) / ((performance.now() - began.at) / 1000)
    progress(`${perSecond(perS)} look-ups/s, ${perSecond(outcome.median.rate)} changes told/s`)
    return { outcome, perS }
  }
  // First the many: the server is then as warm for the few.
  const many = await measure(watchers)
  const few = await measure(Math.ceil(watchers / 100))
  const beyond = await measure(watchers * 3)
  await submitting.stop()
  const plain = await plainLookups(stack, players)

  const cpuOf = ({ outcome: { median } }: typeof many) =>
    ((median.cpu['node'] ?? 0) + (median.cpu['redis'] ?? 0)) / median.seconds
  const each = ((cpuOf(many) - cpuOf(few)) / (many.perS - few.perS)) * 1000
  const told = beyond.outcome.median.rate / (watchers * 3 * ranksEach)
  return {
    name: 'watch',
    transport: stack.transport,
    header,
    verdicts: [
      {
        what: 'CPU of node and Redis a look-up and its message',
        measured: `${each.toFixed(1)} us`,
        yardstick: `${plain.toFixed(1)} us`,
        value: each / plain,
        unit: 'x',
        targets: [],
      },
      {
        what: `changes a second for each of ${perSecond(watchers * 3 * ranksEach)} watches`,
        measured: told.toFixed(2),
        yardstick: '',
        value: told,
        unit: '',
        targets: [{ from: 'targets: watched ranks', atMost: 1 }],
      },
    ],
    scenarios: [
      { name: `${Math.ceil(watchers / 100) * ranksEach} watches: changes told`, outcome: few.outcome },
      { name: `${watchers * ranksEach} watches: changes told`, outcome: many.outcome },
      { name: `${watchers * 3 * ranksEach} watches: changes told`, outcome: beyond.outcome },
    ],
    notes: [
      `${perSecond(players)} members, ${submissionsPerSecond} submissions/s over all of them, so that nearly every rank changes all the time; sockets watch ${ranksEach} random players each.`,
      `Look-ups a second, connecting included: ${perSecond(few.perS)}, ${perSecond(many.perS)} and ${perSecond(beyond.perS)} (budget 20,000).`,
      'The yardstick is ZRANK of the same list in pipelines of 500 from one process of its own: CPU of Redis alone.',
      `Each scenario: ${options.warmup} s dropped, then ${options.runs} runs of ${options.seconds} s; the median run counts.`,
    ],
  }
}

async function lookups({ url }: Stack): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^rankpulse_watch_lookups_total (\S+)/m.exec(text)?.[1] ?? 0)
}

/** Microseconds of Redis's CPU for one plain ZRANK. */
async function plainLookups({ redisUrl, pids }: Stack, players: number): Promise<number> {
  const redis = new Redis(redisUrl)
  const [key] = await redis.keys('rp:{*}:*:z')
  const members = await redis.zrange(key!, '0', String(Math.min(players, 10_000) - 1))
  const before = readCpu({ redis: pids.redis })
  for (let done = 0; done < plainRanks; done += 500) {
    const pipeline = redis.pipeline()
    for (let n = 0; n < 500; n++) pipeline.zrank(key!, members[(done + n * 7) % members.length]!)
    await pipeline.exec()
  }
  const used = readCpu({ redis: pids.redis })['redis']! - before['redis']!
  redis.disconnect()
  return (used * 1000) / plainRanks
}
