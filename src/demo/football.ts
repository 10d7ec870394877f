import { parseArgs } from 'node:util'
import type { Page } from '../contract/reads.ts'
import { howToRun } from '../installation.ts'
import { runCommand } from './command.ts'
import { readMatches } from './football-file.ts'
import { footballPlan } from './football-plan.ts'
import { request, withRetries } from './http-client.ts'
import { createPace } from './pace.ts'
import { formatNumber, perSecond } from '../cli/progress.ts'
import { defineFootball, playMatches, showFootballDay, type FootballTally } from './replay-football.ts'
import { setNames } from './set-names.ts'
import { findTarget, targetHelp, type Target } from './target.ts'
import { createWorldDate } from './world-date.ts'

const help = `Replays the men's football internationals since 1872 in order of date, each as a verified ranked match of two
teams, to the leaderboard "football" (Elo ratings).

usage: ${howToRun('demo', 'football', '[options]')}

  --speed <speed>   max: as fast as it goes (default); 100x: a hundred days of football a second
  --limit <n>       only the first n matches
  --url <address>   the server
  --token <token>   an admin token
  --help            this text

${targetHelp}

Running it again changes nothing. Data: github.com/martj42/international_results, CC0 1.0 (public domain).`

const options = {
  speed: { type: 'string', default: 'max' },
  limit: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** Tokens that are signed here are valid for an hour. */
const renewMs = 30 * 60_000

/** The command `demo football`; prints as it goes. Returns the exit code: 0 done, 1 failed, 2 wrong usage. */
export function runFootballDemo(args: string[]): Promise<number> {
  return runCommand({
    help,
    afterError: 'What was acknowledged is kept; running the demo again carries on.',
    parse() {
      const { values } = parseArgs({ args, options })
      if (values.limit !== undefined && !/^[1-9]\d{0,8}$/.test(values.limit))
        throw new Error('--limit takes a whole number above 0')
      if (!/^(max|[1-9]\d{0,5}x)$/.test(values.speed))
        throw new Error('--speed takes max, or a whole number and x, as in 100x')
      return values
    },
    async run({ speed, limit, url, token }) {
      const target = await findTarget(url, token)
      if (target === undefined) return 1
      const daysPerSecond = speed === 'max' ? Infinity : Number.parseInt(speed, 10)
      await replay(target, () => findTarget(url, token), daysPerSecond, limit === undefined ? undefined : Number(limit))
      return 0
    },
  })
}

async function replay(
  first: Target,
  find: () => Promise<Target | undefined>,
  daysPerSecond: number,
  limit: number | undefined,
): Promise<void> {
  const { matches, names, withoutScore } = footballPlan(await readMatches())
  const chosen = matches.slice(0, limit)
  const teams = new Set(chosen.flatMap(({ home, away }) => [home, away]))
  console.log(`Replaying ${formatNumber(chosen.length)} matches to ${first.url}`)
  console.log('Data: github.com/martj42/international_results, CC0 1.0 (public domain).')
  const from = await defineFootball(first)
  const named = await setNames(first, 'football', new Map([...names].filter(([playerId]) => teams.has(playerId))))
  console.log(`Watch it at ${first.url}/?leaderboard=football`)

  let target = first
  const renewal = setInterval(() => void find().then((found) => (target = found ?? target)), renewMs)
  const world = createWorldDate(from, (day) => showFootballDay(target, day))
  const startedAt = performance.now()
  let tally
  try {
    tally = await playMatches(() => target, chosen, createPace(daysPerSecond), world.reached)
  } finally {
    clearInterval(renewal)
  }
  await world.finish()
  const ms = performance.now() - startedAt
  printSummary(tally, { matches: chosen.length, teams: teams.size, named, withoutScore, ms })
  await printTop(target)
}

function printSummary(
  tally: FootballTally,
  totals: { matches: number; teams: number; named: number; withoutScore: number; ms: number },
): void {
  const lines: [string, string][] = [
    ['matches', formatNumber(totals.matches)],
    ['verified', formatNumber(tally.verified)],
    ['before', `${formatNumber(tally.before)} had been verified by an earlier run`],
    ['teams', `${formatNumber(totals.teams)}, ${formatNumber(totals.named)} display names set`],
    ['left out', `${formatNumber(totals.withoutScore)} matches without a score`],
    ['seconds', (totals.ms / 1000).toFixed(1)],
    ['rate', `${formatNumber(perSecond(totals.matches, totals.ms))} matches/s`],
  ]
  if (tally.otherwise > 0)
    lines.splice(3, 0, ['otherwise', `${formatNumber(tally.otherwise)} cancelled, disputed or rejected`])
  console.log('')
  for (const [label, value] of lines) console.log(`${label.padEnd(11)}${value}`)
}

async function printTop(target: Target): Promise<void> {
  const url = `${target.url}/v1/leaderboards/football/standings?limit=20`
  const page = await withRetries(() => request<Page>(url, { token: target.serverToken }))
  console.log(`\nTop 20 of ${formatNumber(page.total)} teams`)
  for (const row of page.rows)
    console.log(`${String(row.rank).padStart(4)}  ${String(row.score).padStart(4)}  ${row.displayName}`)
}
