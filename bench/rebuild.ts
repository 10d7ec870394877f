import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { atEnd } from './lib/cleanup.ts'
import { startLoad } from './lib/child.ts'
import { describeRun } from './lib/machine.ts'
import { loadMembers } from './lib/members.ts'
import type { BenchOptions } from './lib/options.ts'
import { progress } from './lib/progress.ts'
import { perSecond, type Report, type Verdict } from './lib/report.ts'
import { medianBy } from './lib/statistics.ts'
import { startStack, type Stack } from './lib/stack.ts'

const board = 'arena'
const submissionsPerSecond = 500

/** How fast a list comes back from Postgres, on demand and after FLUSHALL, and how fast an audit is. */
export async function benchRebuild(options: BenchOptions): Promise<Report & { transport: string }> {
  const env = { AUDIT_INTERVAL: '0', AUDIT_ROWS_PER_S: '10000000', ...options.env }
  const stack = await startStack({ ...options, env })
  const header = await describeRun(stack, env)
  await loadMembers(stack, board, options.members)
  const redis = new Redis(stack.redisUrl)
  const file = await writeCommands(redis)
  const { url, token } = stack
  const load = { kind: 'socket', url, token, connections: 16, operator: 'best', leaderboard: board } as const
  const flushUnderLoad = async () => {
    const submitting = startLoad({ ...load, rate: submissionsPerSecond, players: options.members })
    await sleep(options.warmup * 1000)
    const rate = await flush(stack, redis)
    await submitting.stop()
    return rate
  }
  const rates: Record<'piped' | 'rebuilt' | 'restored' | 'loaded' | 'audited', number[]> = {
    piped: [],
    rebuilt: [],
    restored: [],
    loaded: [],
    audited: [],
  }
  // In turns, so that a machine that gets slower or faster meanwhile does so for all of them.
  for (let round = 0; round <= options.runs; round++) {
    const measured = {
      piped: await pipe(stack, redis, file, options.members),
      rebuilt: await call(stack, 'rebuild'),
      restored: await flush(stack, redis),
      loaded: await flushUnderLoad(),
      audited: await call(stack, 'reconcile'),
    }
    const shown = Object.entries(measured).map(([name, rate]) => `${name} ${perSecond(rate)}/s`)
    progress(`${round === 0 ? 'dropped' : `round ${round} of ${options.runs}`}: ${shown.join(', ')}`)
    if (round > 0) for (const [name, rate] of Object.entries(measured)) rates[name as keyof typeof rates].push(rate)
  }
  redis.disconnect()

  const median = (list: number[]) => medianBy(list, (rate) => rate)
  const piped = median(rates.piped)
  const verdict = (what: string, list: number[], targets: Verdict['targets']): Verdict => ({
    what,
    measured: `${perSecond(median(list))}/s`,
    yardstick: `${perSecond(piped)}/s`,
    value: median(list) / piped,
    unit: 'x',
    targets,
  })
  const target = [{ from: 'targets: rebuilds', atLeast: 0.4 }]
  return {
    name: 'rebuild',
    transport: stack.transport,
    header,
    verdicts: [
      verdict('rebuild on demand, served meanwhile', rates.rebuilt, target),
      verdict('rebuild after FLUSHALL', rates.restored, target),
      verdict(`the same beside ${submissionsPerSecond} submissions/s`, rates.loaded, []),
      {
        what: 'rows a second of it',
        measured: '',
        yardstick: '',
        value: median(rates.loaded),
        unit: '',
        targets: [{ from: 'targets: rebuilds', atLeast: 100_000 }],
      },
      verdict('audit, without a pace', rates.audited, []),
    ],
    scenarios: [],
    notes: [
      `${perSecond(options.members)} members of one list; rebuilds and audits by the server, as it logs and answers them.`,
      'The yardstick is `redis-cli --pipe` of one ZADD a member into an empty key of the same Redis: no versions, no Postgres.',
      `Medians of ${options.runs} rounds after one that is dropped; each does all five in turns.`,
    ],
  }
}

async function call(stack: Stack, what: 'rebuild' | 'reconcile'): Promise<number> {
  const answer = await stack.call<{ rows?: number; checked?: number; ms: number }>('POST', `/v1/admin/${what}`, {})
  return ((answer.rows ?? answer.checked)! / answer.ms) * 1000
}

/** The server notices by itself; its log tells what the rebuild took. */
async function flush(stack: Stack, redis: Redis): Promise<number> {
  const before = stack.logged('list restored').length
  await redis.flushall()
  for (;;) {
    const done = stack.logged('list restored')
    const last = done.at(-1) as { rows: number; ms: number } | undefined
    if (last && done.length > before) return (last.rows / last.ms) * 1000
    await sleep(20)
  }
}

async function listKey(redis: Redis): Promise<string> {
  const [key] = await redis.keys('rp:{*}:*:z')
  return key!
}

/** The list's members as ZADD commands in the protocol, one each. */
async function writeCommands(redis: Redis): Promise<string> {
  const file = join(tmpdir(), `rankpulse-bench-${process.pid}.resp`)
  atEnd(() => rm(file, { force: true }))
  const out = createWriteStream(file)
  let cursor = '0'
  do {
    const [next, pairs] = await redis.zscan(await listKey(redis), cursor, 'COUNT', 1000)
    for (let at = 0; at < pairs.length; at += 2) {
      const parts = ['ZADD', 'yardstick', pairs[at + 1]!, pairs[at]!]
      out.write(`*4\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`)
    }
    cursor = next
  } while (cursor !== '0')
  out.end()
  await once(out, 'finish')
  return file
}

async function pipe(stack: Stack, redis: Redis, file: string, members: number): Promise<number> {
  const { hostname, port, password } = new URL(stack.redisUrl)
  const started = performance.now()
  const child = spawn('sh', ['-c', `exec redis-cli -h ${hostname} -p ${port} --pipe < "$FILE"`], {
    env: { PATH: process.env['PATH'], REDISCLI_AUTH: password, FILE: file },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number]
  const seconds = (performance.now() - started) / 1000
  if (code !== 0 || (await redis.zcard('yardstick')) !== members)
    throw new Error('redis-cli --pipe did not add all members')
  await redis.unlink('yardstick')
  return members / seconds
}
