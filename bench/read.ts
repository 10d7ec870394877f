import { checkReads } from './lib/check-reads.ts'
import { runLoad, startEmptyServer, startLoad, type Outcome } from './lib/child.ts'
import { describeRun } from './lib/machine.ts'
import { loadMembers } from './lib/members.ts'
import type { BenchOptions } from './lib/options.ts'
import { progress } from './lib/progress.ts'
import { perSecond, type Report, type Verdict } from './lib/report.ts'
import { startStack, type Stack } from './lib/stack.ts'
import type { HttpJob } from './load/http-load.ts'

const board = 'arena'
const span = 5
// Few enough that the profiles of all fit the server's cache, as with players who are active now.
const activePlayers = 10_000
const changesPerSecond = 100

/** Rank look-ups, windows and pages over HTTP against an empty handler on the same engine. */
export async function benchRead(options: BenchOptions): Promise<Report & { transport: string }> {
  const { connections, members } = options
  const stack = await startStack(options)
  const header = await describeRun(stack, options.env)
  const { standingsId, restored } = await loadMembers(stack, board, members)
  const checked = await checkReads(stack, { board, standingsId, count: members, span })
  progress(checked)

  const base = `/v1/leaderboards/${board}`
  const [place, page] = [`${base}/players/`, `${base}/standings?limit=100`]
  const bodies = { '/': await text(stack, `${place}p1`), [`${base}/standings`]: await text(stack, page) }
  const empty = await startEmptyServer({ transport: stack.transport, bodies })
  const scenarios: Report['scenarios'] = []
  const measure = async (name: string, request: HttpJob['request'], on: 'server' | 'empty') => {
    progress(`${name} ...`)
    const url = on === 'server' ? stack.url : empty.url
    const observed = on === 'server' ? stack.pids : { node: empty.pid }
    const outcome = await runLoad({ kind: 'http', url, connections, token: null, request }, options, observed)
    scenarios.push({ name, outcome })
    progress(`${name}: ${perSecond(outcome.median.rate)}/s`)
    return outcome
  }

  const everyone = { before: place, after: '', players: members }
  const active = { ...everyone, players: Math.min(activePlayers, members) }
  const nothing = await measure('empty handler, body of a place', everyone, 'empty')
  const rank = await measure('rank, random players', everyone, 'server')
  const warm = await measure(`rank, ${active.players} active players`, active, 'server')
  const around = await measure(
    `around, span ${span}, random players`,
    { ...everyone, after: `/around?span=${span}` },
    'server',
  )
  const sameBytes = await measure('empty handler, body of a page', { path: page }, 'empty')
  const still = await measure('top-100 page, board at rest', { path: page }, 'server')
  const { url, token } = stack
  const changing = startLoad({
    kind: 'socket',
    url,
    token,
    connections: 4,
    leaderboard: board,
    operator: 'best',
    players: members,
    rate: changesPerSecond,
  })
  const moving = await measure(`top-100 page, ${changesPerSecond} submissions/s`, { path: page }, 'server')
  await changing.stop()

  const rankTargets = [
    { from: 'issue 2', atLeast: 0.3 },
    { from: 'DESIGN 10', atLeast: 0.4 },
  ]
  return {
    name: 'read',
    transport: stack.transport,
    header,
    verdicts: [
      ...judge('rank, random players', rank, nothing, rankTargets),
      ...judge(`rank, ${active.players} active players`, warm, nothing, rankTargets),
      ...judge(`around, span ${span}`, around, nothing, [{ from: 'DESIGN 10', atLeast: 0.15 }]),
      ...judge('top-100 page, board at rest', still, sameBytes, []),
      ...judge('top-100 page, board changing', moving, sameBytes, [{ from: 'DESIGN 10', atLeast: 0.8 }]),
    ],
    scenarios,
    notes: [
      `${members.toLocaleString('en-US')} members; the list was restored into Redis at ${perSecond((restored.rows / restored.ms) * 1000)} rows/s (${restored.rows} rows in ${(restored.ms / 1000).toFixed(1)} s).`,
      `Checked first: ${checked}.`,
      `${connections} connections, each with one request in flight, no token. ${options.warmup} s dropped, then ${options.runs} runs of ${options.seconds} s; load from a process of its own (autocannon) on the same machine.`,
      'Random players: more distinct ones than the server caches profiles of, so nearly every answer also asks Postgres for a name.',
      '"at one core": the yardstick is what the empty server could answer with one core to itself, 1 / (its CPU a request). Where the generator uses its whole core on the empty handler, the plain ratio flatters and this one is the one to believe.',
      'Server CPU: user + system time of the process trees of node, Postgres and Redis from /proc/<pid>/stat.',
    ],
  }
}

function judge(what: string, measured: Outcome, yardstick: Outcome, targets: Verdict['targets']): Verdict[] {
  const verdict = (name: string, against: number, ofTargets: Verdict['targets']): Verdict => ({
    what: name,
    measured: perSecond(measured.median.rate),
    yardstick: perSecond(against),
    value: measured.median.rate / against,
    unit: 'x',
    targets: ofTargets,
  })
  const { cpu, count } = yardstick.median
  const plain = verdict(what, yardstick.median.rate, targets)
  if (cpu['node'] === undefined) return [plain]
  return [plain, verdict(`${what}: at one core`, count / (cpu['node'] / 1000), [])]
}

async function text({ call }: Stack, path: string): Promise<string> {
  return JSON.stringify(await call('GET', path))
}
