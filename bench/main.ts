import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { cleanUp, cleanUpOnSignals } from './lib/cleanup.ts'
import type { BenchOptions } from './lib/options.ts'
import { formatReport, saveReport, type Report } from './lib/report.ts'

// `npm run bench -- <name>`: one file a question.

type Bench = (options: BenchOptions) => Promise<Report & { transport: string }>
const benches: Record<string, { about: string; load: () => Promise<Bench> }> = {
  submit: {
    about: 'durable submissions/s over HTTP and Socket.IO against one transaction a row',
    load: async () => (await import('./submit.ts')).benchSubmit,
  },
  read: {
    about: 'rank, around and page over HTTP with many members against an empty handler',
    load: async () => (await import('./read.ts')).benchRead,
  },
  fanout: {
    about: 'live deltas to many watchers: CPU, bytes, and time until they are seen',
    load: async () => (await import('./fanout.ts')).benchFanout,
  },
  watch: {
    about: 'watched ranks: what a look-up costs, and how often a change is told',
    load: async () => (await import('./watch.ts')).benchWatch,
  },
  rebuild: {
    about: 'rows/s of rebuilds and audits against redis-cli --pipe of the same rows',
    load: async () => (await import('./rebuild.ts')).benchRebuild,
  },
}

type Flags = Omit<BenchOptions, 'profile'> & { profile?: string }

const program = new Command('npm run bench --')
  .description('Measures rankpulse against yardsticks of the same run, on private servers that stop at the end.')
  .argument(
    '<name>',
    Object.entries(benches)
      .map(([name, { about }]) => `${name}: ${about}`)
      .join('\n'),
  )
  .option('--seconds <n>', 'length of one measured run', positive, 5)
  .option('--warmup <n>', 'seconds dropped before the first run of each scenario', positive, 8)
  .option('--runs <n>', 'runs of each scenario; the median counts', positive, 3)
  .option('--connections <n>', 'connections or sockets, each with one request in flight', positive, 64)
  .addOption(
    new Option('--transport <engine>', 'engine of the server').choices(['auto', 'uws', 'node']).default('auto'),
  )
  .option('--members <n>', 'ranked players (read, rebuild)', positive, 1_000_000)
  .option('--players <n>', 'ids that submissions are spread over (submit)', positive, 10_000)
  .option('--watchers <n>', 'watchers of one room, or of 10 ranks each (fanout, watch)', positive, 1000)
  .option('--quick', 'a smoke run of a few seconds with small sizes; its figures mean nothing', false)
  .option('--save', 'write the result into bench/results as .json and .md', false)
  .option('--env <name=value...>', "more of the server's variables, such as WRITE_LANES=1", variable, {})
  .option('--profile <folder>', 'write a CPU profile of the server (node --cpu-prof) into this folder')
  .addHelpText('after', '\nThe server is dist/ when `npm run build` is newer than every source, else src/ through tsx.')
  .showHelpAfterError()
  .action(async (name: string, flags: Flags) => {
    const bench = benches[name]
    if (bench === undefined) throw new Error(`there is no bench "${name}": try ${Object.keys(benches).join(' or ')}`)
    const small = { seconds: 0.5, warmup: 0.3, runs: 1, connections: 16, members: 5000, players: 500, watchers: 50 }
    const profile = flags.profile === undefined ? null : resolve(flags.profile)
    const report = await (await bench.load())({ ...flags, ...(flags.quick ? small : {}), profile })
    await cleanUp()
    console.log(formatReport(report))
    if (flags.save) console.log(`saved as ${saveReport(report, report.transport)}.{json,md}`)
  })

function variable(text: string, before: Record<string, string>): Record<string, string> {
  const [name = '', ...value] = text.split('=')
  if (value.length === 0) throw new InvalidArgumentError('must look like NAME=value')
  return { ...before, [name]: value.join('=') }
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0')
  return value
}

cleanUpOnSignals()
try {
  await program.parseAsync()
} catch (error) {
  await cleanUp()
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
