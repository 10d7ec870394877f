import { runLoad, startEmptyServer, type Outcome } from './lib/child.ts'
import { describeRun } from './lib/machine.ts'
import type { BenchOptions } from './lib/options.ts'
import { progress } from './lib/progress.ts'
import { cpuPerOperation, perSecond, type Report, type Verdict } from './lib/report.ts'
import { startStack, type Stack } from './lib/stack.ts'
import { measureInTurns, ratioOf, settleSeconds } from './lib/turns.ts'
import { prepareYardstick } from './lib/yardstick.ts'

const operators = ['best', 'sum'] as const
type Operator = (typeof operators)[number]

/** Durable submissions a second over HTTP and Socket.IO against one transaction a row. */
export async function benchSubmit(options: BenchOptions): Promise<Report & { transport: string }> {
  const { connections, players } = options
  const stack = await startStack(options)
  const header = await describeRun(stack, options.env)
  const scenarios: Report['scenarios'] = []
  const verdicts: Verdict[] = []
  const keep = (name: string, outcome: Outcome) => {
    scenarios.push({ name, outcome })
    return outcome
  }
  const measure = async (name: string, job: Parameters<typeof runLoad>[0], observed: Record<string, number>) => {
    progress(`${name} ...`)
    const outcome = keep(name, await runLoad(job, options, observed))
    progress(`${name}: ${perSecond(outcome.median.rate)}/s`)
    return outcome
  }

  const yardstickJob = await prepareYardstick(stack, { inFlight: connections, players })
  const { node: _, ...database } = stack.pids
  const { token, url } = stack
  for (const operator of operators) {
    const boards = { http: `${operator}-http`, socket: `${operator}-socket` }
    for (const id of Object.values(boards)) await stack.call('POST', '/v1/leaderboards', { id, operator })
    const submit = { submit: boards.http, operator, players }
    const socketJob = {
      kind: 'socket',
      url,
      connections,
      token,
      leaderboard: boards.socket,
      operator,
      players,
    } as const
    const turns = [
      { name: `a transaction a row, ${operator}`, job: await yardstickJob(operator), observed: database },
      {
        name: `HTTP, ${operator}`,
        job: { kind: 'http', url, connections, token, request: submit },
        observed: stack.pids,
      },
      { name: `Socket.IO, ${operator}`, job: { ...socketJob, rate: null }, observed: stack.pids },
    ] as const
    const [rows, http, socket] = await measureInTurns(turns, options)
    const left = connections * (options.runs + 1)
    ;[rows, http, socket].forEach((outcome, at) => keep(turns[at]!.name, outcome))
    await checkLedger(stack, boards.http, operator, http.completed, left)
    await checkLedger(stack, boards.socket, operator, socket.completed, left)
    verdicts.push(...judge(`HTTP, ${operator}`, http, rows), ...judge(`Socket.IO, ${operator}`, socket, rows))
    const half = { ...socketJob, rate: socket.median.rate / 2 }
    await measure(`Socket.IO, ${operator}, open loop at half the rate`, half, stack.pids)
  }
  const empty = await startEmptyServer({ transport: stack.transport, bodies: { '/': await aReceipt(stack) } })
  const ceiling = await measure(
    'HTTP, an empty handler',
    {
      kind: 'http',
      url: empty.url,
      connections,
      token: stack.token,
      request: { submit: 'best-http', operator: 'best', players },
    },
    { node: empty.pid },
  )
  return {
    name: 'submit',
    transport: stack.transport,
    header,
    verdicts,
    scenarios,
    notes: [
      `${connections} connections or sockets, each with one submission in flight; ids of ${players.toLocaleString('en-US')} players at random (each HTTP connection has its own), one standings (GLOBAL), every submission changes its entry.`,
      `${options.runs} rounds of yardstick, HTTP and Socket.IO in turns, each second round backwards, each time ${settleSeconds(options)} s dropped and ${options.seconds} s measured, after a whole round (${options.warmup} + ${options.seconds} s each) that is dropped; load from a process of its own on the same machine.`,
      'The value of submissions/s is the median of the rounds\' ratios, each round against its own yardstick; "measured" and "yardstick" are medians of their own.',
      'The yardstick, in a second database of the same Postgres: begin, lock the player, insert the ledger row and upsert the entry (sent together), commit; 10 connections.',
      'Server CPU: user + system time of the process trees of node, Postgres (with every backend and background process) and Redis from /proc/<pid>/stat; background work such as catch-up, WAL writing and autovacuum counts, the load process does not.',
      `The generator alone can do ${perSecond(ceiling.median.rate)} such requests a second against a server that reads the body and answers a constant receipt.`,
      'Checked after each scenario: every acknowledged submission is one ledger row, 99 % of them changed their entry, and entries equal what the ledger says.',
    ],
  }
}

function judge(what: string, measured: Outcome, yardstick: Outcome): Verdict[] {
  const cpu = cpuPerOperation(measured)
  const rate: Verdict = {
    what: `${what}: submissions/s`,
    measured: perSecond(measured.median.rate),
    yardstick: perSecond(yardstick.median.rate),
    value: ratioOf(measured, yardstick),
    unit: 'x',
    targets: [
      { from: 'targets: submissions, floor', atLeast: 3 },
      { from: 'targets: submissions', atLeast: 5 },
    ],
  }
  if (Number.isNaN(cpu)) return [rate]
  const targets = [{ from: 'targets: submissions', atMost: 0.12 }]
  return [rate, { what: `${what}: server CPU each`, measured: '', yardstick: '', value: cpu, unit: ' ms', targets }]
}

/**
 * Throws unless the ledger holds what was acknowledged (those in flight at the end may come on top), adds up, and nearly
 * every submission changed its entry.
 */
async function checkLedger(
  { sql }: Stack,
  board: string,
  operator: Operator,
  completed: number,
  inFlight: number,
): Promise<void> {
  const aggregate = sql.unsafe(operator === 'best' ? 'max' : 'sum')
  const [found] = await sql<{ rows: number; wrong: number; idle: number }[]>`
    with ledger as (
      select player_id, count(*) as n, count(*) filter (where s.effects->0 ? 'r') as idle,
        ${aggregate}(s.score)::int8 as score from submissions s
      join leaderboards b on b.no = s.leaderboard_no where b.id = ${board} group by player_id
    ), entries as (
      select e.player_id, e.score from leaderboard_entries e
      join standings t on t.id = e.standings_id join leaderboards b on b.no = t.leaderboard_no where b.id = ${board}
    )
    select coalesce(sum(n), 0)::int8 as rows, coalesce(sum(idle), 0)::int8 as idle,
      count(*) filter (where l.score is distinct from e.score) as wrong
    from ledger l full join entries e using (player_id)`
  const { rows, wrong, idle } = found!
  if (wrong > 0) throw new Error(`${board}: ${wrong} entries differ from the ledger`)
  if (rows < completed || rows > completed + inFlight)
    throw new Error(`${board}: ${completed} submissions were acknowledged, the ledger has ${rows}`)
  if (idle > rows / 100) throw new Error(`${board}: ${idle} of ${rows} submissions changed nothing`)
}

async function aReceipt({ call }: Stack): Promise<string> {
  const body = { playerId: 'p1', score: 1, submissionId: 'ceiling' }
  return JSON.stringify(await call('POST', '/v1/leaderboards/best-http/scores', body))
}
