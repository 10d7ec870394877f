import { parseArgs } from 'node:util'
import { howToRun } from '../installation.ts'
import { runCommand } from './command.ts'
import { formatNumber } from '../cli/progress.ts'
import { countSeeded, type SeedCounts } from './seed-counts.ts'
import { seedMatches } from './seed-matches.ts'
import { seedPlayers } from './seed-players.ts'
import { defineBoards, ensureSeason, playSeedMatches, setProfiles, submitSession } from './seed-steps.ts'
import { findTarget, targetHelp, type Target } from './target.ts'

const help = `Fills a running server with sample data: players, a season, matches and standings of every type.

usage: ${howToRun('seed', '[options]')}

  --seed <n>        other matches than those of the default, 1; the players stay
  --url <address>   the server
  --token <token>   an admin token
  --help            this text

${targetHelp}

The same seed gives the same data, and running it again changes nothing. The players are invented.`

const options = {
  seed: { type: 'string', default: '1' },
  url: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** The command `seed`; prints as it goes. Returns the exit code: 0 done, 1 failed, 2 wrong usage. */
export function runSeed(args: string[]): Promise<number> {
  return runCommand({
    help,
    afterError: 'What was acknowledged is kept; running it again carries on.',
    parse() {
      const { values } = parseArgs({ args, options })
      if (!/^\d{1,9}$/.test(values.seed)) throw new Error('--seed takes a whole number of at most 9 digits')
      return values
    },
    async run({ seed, url, token }) {
      const target = await findTarget(url, token)
      if (target === undefined) return 1
      console.log(`Seeding ${target.url}`)
      printCounts(target, await fill(target, Number(seed)))
      return 0
    },
  })
}

async function fill(target: Target, seed: number): Promise<SeedCounts> {
  const matches = seedMatches(seed, seedPlayers)
  await defineBoards(target)
  // Before the matches: a season takes what happens while it runs.
  await ensureSeason(target)
  await setProfiles(target, seedPlayers)
  await playSeedMatches(target, matches)
  await submitSession(target, matches.at(-1)!)
  return countSeeded(target, matches)
}

function printCounts(target: Target, counts: SeedCounts): void {
  const lines: [string, string][] = [
    ['players', formatNumber(counts.players)],
    ['matches', `${formatNumber(counts.matches)} completed and verified`],
    ['results', formatNumber(counts.results)],
    ['entries', `${formatNumber(counts.entries)} of the leaderboard "ranked"`],
    ['season', counts.season],
  ]
  console.log('')
  for (const [label, value] of lines) console.log(`${label.padEnd(11)}${value}`)
  console.log('')
  for (const { leaderboard, standings, total } of counts.standings)
    console.log(`${String(total).padStart(4)}  ${leaderboard} ${standings}`)
  console.log(`\nSee them at ${target.url}/?leaderboard=ranked`)
}
