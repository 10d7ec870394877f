#!/usr/bin/env node
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { setFlagsFromString } from 'node:v8'
import { Command } from 'commander'
import { findServer, howToNameSecret, readEnvOrQuickstart } from './cli/addresses.ts'
import { parseDuration } from './cli/duration.ts'
import { stopOnSignals } from './cli/stop-on-signals.ts'
import { ConfigError, parseConfig, parseDatabaseUrl, readEnv, redisUrl } from './config.ts'
import { DEFAULT_DATA_DIR } from './embedded/quickstart-state.ts'
import { howToRun, inRepository, pathTo, version } from './installation.ts'
import { createLog, hideCredentials } from './log.ts'

// The command line. Everything a command needs is imported when it runs: `token` should not load a database driver.

if (existsSync('.env')) process.loadEnvFile('.env')

// One slow moment at the start, and V8 puts requests straight among the old objects from then on, where they stay until a
// full collection with all they refer to.
setFlagsFromString('--no-allocation-site-pretenuring')

const program = new Command('rankpulse')
  .description('A real-time leaderboard server: durable in Postgres, ranked in Redis, live over Socket.IO.')
  .enablePositionalOptions()
  .showHelpAfterError()
  .version(version)
  .addHelpText(
    'after',
    `\nThe environment, or a file .env, configures it: ${pathTo('.env.example')} lists every variable.`,
  )

const toRunning =
  '\nTakes DATABASE_URL and REDIS_URL of the environment or of .env, else those of quickstart. Servers may be running or not.'

program
  .command('serve')
  .description('serve with the Postgres and Redis that the environment names (DATABASE_URL, REDIS_URL, AUTH_SECRET)')
  .addHelpText(
    'after',
    '\nAny number of servers may share one Postgres and one Redis. MIGRATE=false skips the migrations.',
  )
  .action(async () => {
    const config = parseConfig(readEnv(process.env))
    const log = createLog(config.log)
    const { startApp } = await import('./app.ts')
    const app = await startApp(config, log)
    stopOnSignals(app, config.http.shutdownTimeoutMs, (error) => log.fatal({ err: error }, 'the stop failed'))
  })

program
  .command('quickstart')
  .description('everything from nothing: private Postgres and Redis, migrated, with a leaderboard to try')
  .option('--port <number>', 'port to listen on (default: PORT, else 3000, or a free one when that is taken)')
  .option('--nodes <number>', 'server processes over the same data, each on a port of its own', '1')
  .option('--data-dir <folder>', 'where the data are kept', DEFAULT_DATA_DIR)
  .addHelpText(
    'after',
    '\nHOST=0.0.0.0 makes it reachable from other machines. A second start finds the data of the first.',
  )
  .action(async ({ port, nodes, dataDir }: { port?: string; nodes: string; dataDir: string }) => {
    if (!/^[1-9]$/.test(nodes)) throw new Error('--nodes must be a number from 1 to 9')
    const { quickstart } = await import('./embedded/quickstart.ts')
    const { whenLauncherEnds } = await import('./embedded/launcher.ts')
    // Until everything is up there is nothing to stop: private servers go with this process.
    let stop: () => void = () => process.exit(1)
    whenLauncherEnds(() => stop())
    const running = await quickstart({ dataDir, nodes: Number(nodes), ...(port === undefined ? {} : { port }) })
    stop = stopOnSignals(running, Number(readEnv(process.env).SHUTDOWN_TIMEOUT), fail)
  })

program
  .command('migrate')
  .description('bring the schema of DATABASE_URL (default: the one quickstart runs) up to date')
  .action(async () => {
    const raw = readEnvOrQuickstart()
    const { migrateDatabase } = await import('./postgres/connection/migrate.ts')
    await migrateDatabase(parseDatabaseUrl(raw), createLog({ level: 'info', pretty: process.stdout.isTTY }))
  })

program
  .command('token')
  .description('print a token and nothing else')
  .requiredOption('--role <role>', 'player, server or admin')
  .requiredOption('--sub <id>', 'whom it speaks for; a player id with --role player')
  .option('--ttl <duration>', 'how long it is valid: 90s, 15m, 1h, 7d', '1h')
  .addHelpText(
    'after',
    '\nSigned with AUTH_SECRET of the environment or of .env, else with the secret that quickstart keeps; with AUTH_ISSUER and\nAUTH_AUDIENCE, where they are set.',
  )
  .action(async ({ role, sub, ttl }: { role: string; sub: string; ttl: string }) => {
    const { signing } = findServer()
    if (signing === null) throw new Error(`no secret: ${howToNameSecret()}`)
    const { signToken } = await import('./auth/tokens.ts')
    console.log(await signToken({ role, sub, ttlSeconds: parseDuration(ttl), ...signing }))
  })

program
  .command('doctor')
  .description(
    'say what is installed, reachable, migrated and misconfigured, and how to mend it; 1 when something is broken',
  )
  .option('--data-dir <folder>', 'where quickstart keeps its data', DEFAULT_DATA_DIR)
  .action(async ({ dataDir }: { dataDir: string }) => {
    const { describe, examine } = await import('./cli/doctor.ts')
    const findings = await examine(dataDir)
    for (const finding of findings) console.log(describe(finding))
    process.exitCode = findings.some(({ state }) => state === 'broken') ? 1 : 0
  })

program
  .command('demo')
  .description('fill a running server through its API: `demo goals --help`, `demo football --help`, `demo live --help`')
  .argument(
    '<name>',
    'goals: 150 years of football internationals, goal by goal; football: match by match, with ratings; live: simulated players that keep scoring',
  )
  .argument('[args...]', 'options of the demo')
  .passThroughOptions()
  .allowUnknownOption()
  .action(async (name: string, args: string[]) => {
    if (name === 'goals') {
      const { runGoalsDemo } = await import('./demo/goals.ts')
      process.exitCode = await runGoalsDemo(args)
    } else if (name === 'football') {
      const { runFootballDemo } = await import('./demo/football.ts')
      process.exitCode = await runFootballDemo(args)
    } else if (name === 'live') {
      const { runLiveDemo } = await import('./demo/live.ts')
      process.exitCode = await runLiveDemo(args)
    } else throw new Error(`there is no demo "${name}": try goals, football or live`)
  })

program
  .command('seed')
  .description('fill a running server with sample data, through its API: players, a season, matches, standings')
  .argument('[args...]', 'options: `seed --help`')
  .passThroughOptions()
  .allowUnknownOption()
  .helpOption(false)
  .action(async (args: string[]) => {
    const { runSeed } = await import('./demo/seed.ts')
    process.exitCode = await runSeed(args)
  })

program
  .command('reconcile')
  .description('compare Redis with Postgres, entry by entry, and repair what differs; 1 when something is left')
  .option('--leaderboard <id>', 'one leaderboard (default: all)')
  .option('--standings <selector>', 'one standings of it, such as GLOBAL or WEEKLY:2026-W47 (default: all)')
  .option('--dry-run', 'only count what differs')
  .addHelpText('after', toRunning)
  .action(async (options: { leaderboard?: string; standings?: string; dryRun?: boolean }) => {
    const { runReconcile } = await import('./cli/repair.ts')
    process.exitCode = await runReconcile(parseConfig(readEnvOrQuickstart(), false), options)
  })

program
  .command('rebuild')
  .description('build lists in Redis anew from Postgres; they are served all the while')
  .option('--leaderboard <id>', 'one leaderboard (default: all)')
  .option('--standings <selector>', 'one standings of it, such as GLOBAL or WEEKLY:2026-W47 (default: all)')
  .addHelpText('after', toRunning)
  .action(async (options: { leaderboard?: string; standings?: string }) => {
    const { runRebuild } = await import('./cli/repair.ts')
    await runRebuild(parseConfig(readEnvOrQuickstart(), false), options)
  })

// Needs the sources and drizzle-kit.
if (inRepository)
  program
    .command('db-check')
    .description('fail when the schema has changes without a migration')
    .action(async () => {
      const { schemaDrift } = await import('./cli/db-check.ts')
      const drift = await schemaDrift()
      if (drift !== null) throw new Error(drift)
      console.log('the migrations match the schema')
    })

program
  .command('db-reset')
  .description("empty the database and remove rankpulse's keys from Redis, after asking")
  .option('--yes', 'do not ask')
  .addHelpText('after', '\nTakes DATABASE_URL and REDIS_URL of the environment or of .env, else those of quickstart.')
  .action(async ({ yes }: { yes?: boolean }) => {
    const raw = readEnvOrQuickstart()
    const databaseUrl = parseDatabaseUrl(raw)
    const { databaseName, resetPostgres, resetRedis } = await import('./cli/db-reset.ts')
    const name = databaseName(databaseUrl)
    if (
      yes !== true &&
      (await ask(`Everything in ${name} on ${new URL(databaseUrl).host} will be lost. Type ${name}: `)) !== name
    )
      throw new Error('nothing was changed')
    await resetPostgres(databaseUrl)
    const redis = redisUrl(raw)
    const keys = redis === '' ? 0 : await resetRedis(redis)
    console.log(
      `emptied ${name} and removed ${keys} keys; \`${howToRun('migrate')}\` or a server's start makes the tables again`,
    )
  })

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const ended = once(terminal, 'close').then(() => '') // end of file instead of an answer
  const answer = await Promise.race([terminal.question(question), ended])
  terminal.close()
  return answer.trim()
}

function fail(error: unknown): void {
  if (error instanceof ConfigError) return console.error(error.message)
  const detailed = process.env['LOG_LEVEL'] === 'debug'
  const text = error instanceof Error ? (detailed ? error.stack : error.message) : error
  console.error(hideCredentials(String(text)))
}

try {
  await program.parseAsync()
} catch (error) {
  fail(error)
  process.exit(1)
}
