import { Command, InvalidArgumentError } from 'commander'
import { atEnd, cleanUp, cleanUpOnSignals } from '../../../bench/lib/cleanup.ts'
import { installMissing } from '../../../src/embedded/install.ts'
import { startCluster } from './cluster.ts'
import { runScenario, type Verdict } from './run-scenario.ts'
import { scenarios } from './scenarios.ts'

// `npm run faults`: breaks things on purpose, on private servers that stop at the end, and says whether a promise broke.

interface Flags {
  minutes: number
  seed: number
  scenario: string
  short: boolean
  list: boolean
}

const program = new Command('npm run faults --')
  .description(
    'Three servers over a private Postgres and Redis, under load, while things are broken on purpose; then what clients ' +
      'sent and were told is compared with the ledger, the entries, the lists in Redis and what the servers answer.',
  )
  .option('--minutes <n>', 'length of the random mix', positive, 10)
  .option('--seed <n>', 'chooses every fault; the same seed makes the same schedule', whole, Date.now() % 1_000_000)
  .option('--scenario <name>', 'one of --list', 'mix')
  .option('--short', 'the length at which the test suite runs a scenario', false)
  .option('--list', 'list the scenarios', false)
  .showHelpAfterError()
  .action(async (flags: Flags) => {
    if (flags.list) return scenarios.forEach(({ name, about }) => console.log(`${name.padEnd(20)}${about}`))
    const scenario = scenarios.find(({ name }) => name === flags.scenario)
    if (!scenario) throw new Error(`there is no scenario "${flags.scenario}": see --list`)
    installMissing(['postgres', 'redis'], (line) => console.error(line))
    const cluster = await startCluster(3)
    atEnd(() => cluster.stop())
    const verdict = await runScenario(cluster, scenario, {
      seed: flags.seed,
      minutes: flags.minutes,
      long: !flags.short,
      print: (line) => console.log(line),
    })
    await cleanUp()
    printVerdict(verdict, flags)
    process.exitCode = verdict.violations.length === 0 ? 0 : 1
  })

function printVerdict({ violations, figures, history, scenario }: Verdict, { seed, minutes, short }: Flags): void {
  console.log()
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(30)} ${value}`)
  console.log()
  for (const violation of violations) console.log(`!! ${violation}`)
  if (history !== null) console.log(`what clients sent and got: ${history}`)
  const which =
    scenario === 'mix'
      ? `--minutes ${minutes}${short ? ' --short' : ''}`
      : `--scenario ${scenario}${short ? ' --short' : ''}`
  console.log(`replay: npm run faults -- --seed ${seed} ${which}`)
  console.log(violations.length === 0 ? 'verdict: good' : 'verdict: BAD')
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0')
  return value
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('must be a whole number')
  return value
}

cleanUpOnSignals()
try {
  await program.parseAsync()
} catch (error) {
  await cleanUp()
  console.error(error)
  process.exit(1)
}
