import { parseArgs } from 'node:util'
import type { Page } from '../contract/reads.ts'
import { howToRun } from '../installation.ts'
import { readGoals } from './goal-file.ts'
import { goalReplay } from './goal-submissions.ts'
import { request, RequestError, withRetries } from './http-client.ts'
import { formatNumber, perSecond } from '../cli/progress.ts'
import { defineGoals, showGoalsDay, submitGoals, type Tally } from './replay-goals.ts'
import { setNames } from './set-names.ts'
import { findTarget, targetHelp, type Target } from './target.ts'
import { createWorldDate } from './world-date.ts'

const help = `Replays the goals of men's football internationals, one submission each, to the leaderboard "goals".

usage: ${howToRun('demo', 'goals', '[options]')}

  --url <address>   the server
  --token <token>   an admin token
  --limit <n>       only the first n goals
  --help            this text

${targetHelp}

Running it again changes nothing. Data: github.com/martj42/international_results, CC0 1.0 (public domain).`

const options = {
  url: { type: 'string' },
  token: { type: 'string' },
  limit: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** The command `demo goals`; prints as it goes. Returns the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function runGoalsDemo(args: string[]): Promise<number> {
  let values
  try {
    values = parseArgs({ args, options }).values
    if (values.limit !== undefined && !/^[1-9]\d{0,8}$/.test(values.limit))
      throw new Error('--limit takes a whole number above 0')
    if (values.url !== undefined && !/^https?:\/\/./.test(values.url)) throw new Error('--url takes an http address')
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`)
    return 2
  }
  if (values.help) {
    console.log(help)
    return 0
  }
  try {
    const target = await findTarget(values.url, values.token)
    if (target === undefined) return 1
    await replay(target, values.limit === undefined ? undefined : Number(values.limit))
    return 0
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    console.error(`Stopped by ${error.message}`)
    console.error('What was acknowledged is kept; running the demo again carries on.')
    return 1
  }
}

async function replay(target: Target, limit: number | undefined): Promise<void> {
  const { submissions, names, ownGoals, withoutScorer } = goalReplay(await readGoals())
  const chosen = submissions.slice(0, limit)
  console.log(`Replaying ${formatNumber(chosen.length)} goals to ${target.url}`)
  console.log('Data: github.com/martj42/international_results, CC0 1.0 (public domain).')
  const from = await defineGoals(target)
  const scorers = new Set(chosen.map(({ playerId }) => playerId))
  const named = await setNames(target, 'goals', new Map([...names].filter(([playerId]) => scorers.has(playerId))))
  console.log(`Watch it at ${target.url}/?leaderboard=goals`)
  const world = createWorldDate(from, (day) => showGoalsDay(target, day))
  const startedAt = performance.now()
  const tally = await submitGoals(target, chosen, world.reached)
  const ms = performance.now() - startedAt
  await world.finish()
  printSummary(tally, { submitted: chosen.length, players: scorers.size, named, ownGoals, withoutScorer, ms })
  await printTop(target)
}

interface Totals {
  submitted: number
  players: number
  named: number
  /** Rows of the data that are not goals of a known player. */
  ownGoals: number
  withoutScorer: number
  ms: number
}

function printSummary(tally: Tally, totals: Totals): void {
  const lines: [string, string][] = [
    ['submitted', formatNumber(totals.submitted)],
    ['applied', formatNumber(tally.applied)],
    ['duplicates', formatNumber(tally.duplicates)],
    ['players', `${formatNumber(totals.players)}, ${formatNumber(totals.named)} display names set`],
    [
      'left out',
      `${formatNumber(totals.ownGoals)} own goals, ${formatNumber(totals.withoutScorer)} goals without a scorer`,
    ],
    ['seconds', (totals.ms / 1000).toFixed(1)],
    ['rate', `${formatNumber(perSecond(totals.submitted, totals.ms))} goals/s`],
  ]
  if (tally.unchanged > 0) lines.splice(3, 0, ['unchanged', formatNumber(tally.unchanged)])
  if (tally.degraded > 0) lines.push(['degraded', `${formatNumber(tally.degraded)} while Redis was away`])
  if (tally.retries > 0) {
    lines.push([
      'retries',
      `${formatNumber(tally.retries)} batches; goals whose first answer was lost count as duplicates`,
    ])
  }
  console.log('')
  for (const [label, value] of lines) console.log(`${label.padEnd(11)}${value}`)
}

async function printTop(target: Target): Promise<void> {
  const url = `${target.url}/v1/leaderboards/goals/standings`
  const page = await withRetries(() => request<Page>(`${url}?limit=10`, { token: target.serverToken }))
  console.log(`\nTop 10 of ${formatNumber(page.total)} scorers`)
  for (const row of page.rows) {
    console.log(
      `${String(row.rank).padStart(4)}  ${String(row.score).padStart(4)}  ${row.displayName} (${row.playerId})`,
    )
  }
  console.log(`\nA World Cup: curl '${url}?standings=SESSION:fifa-world-cup-1958&limit=5'`)
}
