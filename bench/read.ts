import { checkReads } from './lib/check-reads.ts'
import { startEmptyServer, startLoad, type Outcome } from './lib/child.ts'
import { describeRun } from './lib/machine.ts'
import { loadMembers } from './lib/members.ts'
import type { BenchOptions } from './lib/options.ts'
import { progress } from './lib/progress.ts'
import { perSecond, type Report, type Verdict } from './lib/report.ts'
import { startStack, type Stack } from './lib/stack.ts'
import { measureInTurns, ratioOf, settleSeconds } from './lib/turns.ts'
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
  progress('an audit, so that none is due while reads are measured ...')
  await stack.call('POST', '/v1/admin/reconcile', {})

  const base = `/v1/leaderboards/${board}`
  const [place, page] = [`${base}/players/`, `${base}/standings?limit=100`]
  const bodies = { '/': await text(stack, `${place}p1`), [`${base}/standings`]: await text(stack, page) }
  const empty = await startEmptyServer({ transport: stack.transport, bodies })
  const everyone = { before: place, after: '', players: members }
  const active = { ...everyone, players: Math.min(activePlayers, members) }
  const window = { ...everyone, after: `/around?span=${span}` }
  const { url, token, pids } = stack
  const get = (name: string, request: HttpJob['request']) => ({
    name,
    job: { kind: 'http', url, connections, token: null, request } as const,
    observed: pids as Record<string, number>,
  })
  const nothing = ({ name, job }: ReturnType<typeof get>) => ({
    name: `empty handler, body of ${name}`,
    job: { ...job, url: empty.url },
    observed: { node: empty.pid },
  })
  const writing = { kind: 'socket', url, token, connections: 4, leaderboard: board, players: members } as const
  const submitting = () => startLoad({ ...writing, operator: 'best', rate: changesPerSecond })
  const turns = [
    nothing(get('a place', everyone)),
    get('rank, random players', everyone),
    get(`rank, ${active.players} active players`, active),
    { ...get('rank, random players, beside an audit', everyone), beside: () => auditing(stack) },
    get(`around, span ${span}, random players`, window),
    nothing(get('a page', { path: page })),
    get('top-100 page, board at rest', { path: page }),
    { ...get(`top-100 page, ${changesPerSecond} submissions/s`, { path: page }), beside: submitting },
  ] as const
  const outcomes = await measureInTurns(turns, options)
  const [emptyPlace, rank, warm, audited, around, emptyPage, still, moving] = outcomes

  const rankTargets = [
    { from: 'targets: reads, floor', atLeast: 0.3 },
    { from: 'targets: reads', atLeast: 0.4 },
  ]
  return {
    name: 'read',
    transport: stack.transport,
    header,
    verdicts: [
      ...judge('rank, random players', rank, emptyPlace, rankTargets),
      ...judge(`rank, ${active.players} active players`, warm, emptyPlace, rankTargets),
      ...judge('rank, random players, beside an audit', audited, emptyPlace, []),
      ...judge(`around, span ${span}`, around, emptyPlace, [{ from: 'targets: reads', atLeast: 0.15 }]),
      ...judge('top-100 page, board at rest', still, emptyPage, []),
      ...judge('top-100 page, board changing', moving, emptyPage, [{ from: 'targets: reads', atLeast: 0.8 }]),
    ],
    scenarios: outcomes.map((outcome, at) => ({ name: turns[at]!.name, outcome })),
    notes: [
      `${members.toLocaleString('en-US')} members; the list was restored into Redis at ${perSecond((restored.rows / restored.ms) * 1000)} rows/s (${restored.rows} rows in ${(restored.ms / 1000).toFixed(1)} s).`,
      `Checked first: ${checked}.`,
      `${connections} connections, each with one request in flight, no token. ${options.runs} rounds of all scenarios in turns, each second round backwards, each time ${settleSeconds(options)} s dropped and ${options.seconds} s measured, after a whole round that is dropped; load from a process of its own (autocannon) on the same machine. The value is the median of the rounds' ratios.`,
      'The rows were vacuumed and an audit of all of Redis had ended before; the next one is due in ten minutes and would take 20 s of each million rows. "Beside an audit" tells what it costs meanwhile.',
      'Random players: more distinct ones than the server caches profiles of, so nearly every answer also asks Postgres for a name.',
      '"at one core": the yardstick is what the empty server could answer with one core to itself, 1 / (its CPU a request). Where the generator uses its whole core on the empty handler, the plain ratio flatters and this one is the one to believe.',
      'Server CPU: user + system time of the process trees of node, Postgres and Redis from /proc/<pid>/stat.',
    ],
  }
}

function judge(what: string, measured: Outcome, yardstick: Outcome, targets: Verdict['targets']): Verdict[] {
  const verdict = (name: string, against: number, value: number, ofTargets: Verdict['targets']): Verdict => ({
    what: name,
    measured: perSecond(measured.median.rate),
    yardstick: perSecond(against),
    value,
    unit: 'x',
    targets: ofTargets,
  })
  const { cpu, count } = yardstick.median
  const plain = verdict(what, yardstick.median.rate, ratioOf(measured, yardstick), targets)
  if (cpu['node'] === undefined) return [plain]
  const oneCore = count / (cpu['node'] / 1000)
  return [plain, verdict(`${what}: at one core`, oneCore, measured.median.rate / oneCore, [])]
}

/** Audits of everything at the pace of the periodic ones, one after the other. */
function auditing({ call }: Stack): { stop(): Promise<void> } {
  const end = new AbortController()
  const audits = async () => {
    while (!end.signal.aborted) await call('POST', '/v1/admin/reconcile', {})
  }
  const running = audits()
  return {
    stop() {
      end.abort()
      return running
    },
  }
}

async function text({ call }: Stack, path: string): Promise<string> {
  return JSON.stringify(await call('GET', path))
}
