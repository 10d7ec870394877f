import { Command, InvalidArgumentError } from 'commander'
import { atEnd, cleanUp, cleanUpOnSignals } from '../../../bench/lib/cleanup.ts'
import { installMissing } from '../../../src/embedded/install.ts'
import { startCluster } from './cluster.ts'
import { faultKinds, type FaultKind } from './faults.ts'
import { runScenario, type Verdict } from './run-scenario.ts'
import { scenarios } from './scenarios.ts'
import { mixOf } from './scenarios/mix.ts'

// `npm run faults`: breaks things on purpose, on private servers that stop at the end, and says whether a promise broke.

interface Flags {
  only?: FaultKind[]
  without?: FaultKind[]
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
  .option('--only <kinds>', 'of the mix: these kinds of faults, with commas between', kindsOf)
  .option('--without <kinds>', 'of the mix: all kinds but these', kindsOf)
  .option('--short', 'the length at which the test suite runs a scenario', false)
  .option('--list', 'list the scenarios and the kinds of faults', false)
  .showHelpAfterError()
  .action(async (flags: Flags) => {
    if (flags.list) {
      scenarios.forEach(({ name, about }) => console.log(`${name.padEnd(20)}${about}`))
      return console.log(`\nkinds: ${faultKinds.join(', ')}`)
    }
    const kinds = (flags.only ?? faultKinds).filter((kind) => !flags.without?.includes(kind))
    const scenario = flags.scenario === 'mix' ? mixOf(kinds) : scenarios.find(({ name }) => name === flags.scenario)
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

function printVerdict({ violations, figures, history, scenario }: Verdict, flags: Flags): void {
  const { seed, minutes, short, only, without } = flags
  console.log()
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(30)} ${value}`)
  console.log()
  for (const violation of violations) console.log(`!! ${violation}`)
  if (history !== null) console.log(`what clients sent and got: ${history}`)
  const which =
    scenario === 'mix'
      ? `--minutes ${minutes}${short ? ' --short' : ''}`
      : `--scenario ${scenario}${short ? ' --short' : ''}`
  const kinds = (name: string, list?: FaultKind[]) => (list ? ` --${name} "${list.join(',')}"` : '')
  console.log(`replay: npm run faults -- --seed ${seed} ${which}${kinds('only', only)}${kinds('without', without)}`)
  console.log(violations.length === 0 ? 'verdict: good' : 'verdict: BAD')
}

function kindsOf(text: string): FaultKind[] {
  return text.split(',').map((part) => {
    const kind = faultKinds.find((one) => one === part.trim())
    if (!kind) throw new InvalidArgumentError(`no kind "${part.trim()}"; there are: ${faultKinds.join(', ')}`)
    return kind
  })
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
