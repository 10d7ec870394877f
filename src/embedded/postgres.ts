import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import { findBinaries } from './binaries.ts'
import { howToInstall } from './install.ts'
import { type LeashedServer, startLeashed, tailOf } from './leash.ts'
import { passwordFile, passwordIn } from './password.ts'
import { freePort, waitForOldServer } from './server-process.ts'
import { type Account, prepareFolder, unprivilegedAccount } from './unprivileged.ts'

export interface EmbeddedServer {
  url: string
  port: number
  /** The server's own process id. */
  pid: number
  /** Where the data is: not always the folder asked for, see prepareFolder. */
  dataDir: string
  stop(): Promise<void>
  /** SIGKILL; the data stay. */
  kill(): Promise<void>
}

export interface PostgresOptions {
  dataDir: string
  /** A free one by default. */
  port?: number
  /** More settings, such as `{ log_statement: 'all' }`. */
  settings?: Record<string, string>
  log?: Log
}

const USER = 'rankpulse'
const DATABASE = 'rankpulse'
// glibc gives memory back to the system after every statement and asks for it again in the next; told to keep a little, a
// backend spends about a fifth less CPU on a batch of 30 submissions.
const KEEP_MEMORY = { MALLOC_TRIM_THRESHOLD_: String(16 * 1024 * 1024), MALLOC_TOP_PAD_: String(1024 * 1024) }
const START_LIMIT_MS = 120_000 // recovery after a kill under load takes its time
// What a start right after a crash or beside another program's grab of the port runs into, for a moment.
const PASSING = /pre-existing shared memory block|lock file ".*" already exists|could not bind|Address already in use/

/** Starts a private Postgres on 127.0.0.1, making its data folder first if need be. It stops when this process ends. */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedServer> {
  const account = unprivilegedAccount()
  const wanted = resolve(options.dataDir)
  const dataDir = prepareFolder(wanted, account)
  if (dataDir !== wanted) options.log?.info({ dataDir }, `${account?.name} cannot reach ${wanted}: data are elsewhere`)
  const cluster = join(dataDir, 'cluster')
  const { postgres } = findBinaries(dataMajor(cluster))
  if (postgres === null) throw new Error(`No Postgres found. ${howToInstall(['postgres'])}`)
  const password = passwordIn(dataDir, account)
  await waitForOldServer(join(cluster, 'postmaster.pid'), cluster)
  if (!existsSync(cluster)) createCluster(dirname(postgres.path), dataDir, account)
  const { server, port } = await startCluster(postgres.path, cluster, options, account)
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    port,
    pid: server.pid,
    dataDir,
    stop: () => server.stop(),
    kill: () => server.kill(),
  }
}

async function startCluster(binary: string, cluster: string, options: PostgresOptions, account: Account | null) {
  const deadline = Date.now() + START_LIMIT_MS
  const logFile = join(dirname(cluster), 'postgres.log')
  for (;;) {
    const port = options.port ?? (await freePort())
    const args = ['-D', cluster, ...settings(port, options.settings)]
    const start = {
      command: binary,
      args,
      stopSignal: 'INT',
      logFile,
      cwd: cluster,
      account,
      env: KEEP_MEMORY,
    } as const
    const server = await startLeashed(start)
    if (await becomesReady(server, cluster, deadline)) return { server, port }
    await server.stop()
    const tail = tailOf(logFile)
    if (!PASSING.test(tail) || Date.now() > deadline) throw new Error(`Postgres does not start:\n${tail}`)
    await sleep(200)
  }
}

// As pg_ctl does: the eighth line of postmaster.pid is the state.
async function becomesReady(server: LeashedServer, cluster: string, deadline: number): Promise<boolean> {
  while (!server.hasExited() && Date.now() < deadline) {
    const lines = postmasterPid(cluster)
    if (Number(lines[0]) === server.pid && lines[7]?.trim() === 'ready') return true
    await sleep(20)
  }
  return false
}

function postmasterPid(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

function settings(port: number, more: Record<string, string> = {}): string[] {
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // their paths have a short limit, and no client needs one
    max_connections: '200',
    fsync: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    ...more,
  }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

// Made under another name, so that a run killed halfway leaves nothing that looks like a data folder.
function createCluster(bin: string, dataDir: string, account: Account | null): void {
  for (const name of readdirSync(dataDir)) if (name.startsWith('new-')) rmSync(join(dataDir, name), { recursive: true })
  const fresh = join(dataDir, `new-${process.pid}`)
  const auth = ['-A', 'scram-sha-256', `--pwfile=${passwordFile(dataDir)}`]
  run(join(bin, 'initdb'), ['-D', fresh, '-U', USER, '-E', 'UTF8', '--locale=C', ...auth], '', account)
  run(join(bin, 'postgres'), ['--single', '-D', fresh, 'postgres'], `create database ${DATABASE}\n`, account)
  renameSync(fresh, join(dataDir, 'cluster'))
}

function run(command: string, args: string[], input: string, account: Account | null): void {
  const as = account === null ? {} : { uid: account.uid, gid: account.gid }
  const { status, stderr, error } = spawnSync(command, args, { ...as, input, cwd: '/', encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr.trim()}`)
}

function dataMajor(cluster: string): string | undefined {
  const file = join(cluster, 'PG_VERSION')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}
