import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findBinaries } from './binaries.ts'
import { howToInstall } from './install.ts'
import { type LeashedServer, startLeashed, tailOf } from './leash.ts'
import { passwordIn } from './password.ts'
import type { EmbeddedServer } from './postgres.ts'
import { freePort, waitForOldServer } from './server-process.ts'

export interface RedisOptions {
  dataDir: string
  /** A free one by default. */
  port?: number
  /** More of redis-server's arguments, such as `['--appendonly', 'no']`; they win over the defaults. */
  args?: string[]
}

const START_LIMIT_MS = 120_000 // loading a large append-only file takes its time

/** Starts a private Redis (or Valkey) on 127.0.0.1 with an append-only file. It stops when this process ends. */
export async function startRedis(options: RedisOptions): Promise<EmbeddedServer> {
  const { redis } = findBinaries()
  if (redis === null) throw new Error(`No Redis found. ${howToInstall(['redis'])}`)
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const password = passwordIn(dataDir)
  await waitForOldServer(join(dataDir, 'redis.pid'), dataDir)
  const deadline = Date.now() + START_LIMIT_MS
  const logFile = join(dataDir, 'redis.log')
  for (;;) {
    const port = options.port ?? (await freePort())
    const args = [writeConfig(dataDir, port, password), ...(options.args ?? [])]
    const start = { command: redis.path, args, stopSignal: 'TERM', logFile, cwd: dataDir, account: null } as const
    const server = await startLeashed(start)
    if (await becomesReady(server, port, password, deadline)) return embedded(server, port, password, dataDir)
    await server.stop()
    const tail = tailOf(logFile)
    if (!/Address already in use/.test(tail) || Date.now() > deadline) throw new Error(`Redis does not start:\n${tail}`)
    await sleep(200)
  }
}

function embedded(server: LeashedServer, port: number, password: string, dataDir: string): EmbeddedServer {
  const url = `redis://:${password}@127.0.0.1:${port}/0`
  return { url, port, pid: server.pid, dataDir, stop: () => server.stop(), kill: () => server.kill() }
}

// A file, since everybody can read a command line.
function writeConfig(dataDir: string, port: number, password: string): string {
  const file = join(dataDir, 'redis.conf')
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${quote(dataDir)}`,
    `pidfile ${quote(join(dataDir, 'redis.pid'))}`,
    `requirepass ${password}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return file
}

function quote(path: string): string {
  return JSON.stringify(path)
}

async function becomesReady(server: LeashedServer, port: number, password: string, deadline: number): Promise<boolean> {
  while (!server.hasExited() && Date.now() < deadline) {
    if (await answersPing(port, password)) return true
    await sleep(20)
  }
  return false
}

// While it loads its data Redis answers -LOADING; another program that took the port does not know the password.
function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1')
    socket.setTimeout(1000, () => void socket.destroy())
    socket.once('connect', () => void socket.write(`AUTH ${password}\r\nPING\r\nQUIT\r\n`))
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.once('error', () => undefined)
    socket.once('close', () => resolve(answer.startsWith('+OK\r\n+PONG')))
  })
}
