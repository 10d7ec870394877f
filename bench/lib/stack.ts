import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { installMissing } from '../../src/embedded/install.ts'
import { startEmbedded } from '../../src/embedded/start.ts'
import { connectSql, type Sql } from '../../src/postgres/connection/client.ts'
import { signToken } from '../../src/auth/tokens.ts'
import { atEnd } from './cleanup.ts'
import type { BenchOptions } from './options.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Stack {
  url: string
  transport: 'uws' | 'node'
  /** What ran: `dist` or `src through tsx`. */
  build: string
  databaseUrl: string
  redisUrl: string
  sql: Sql
  /** Process ids of the roots whose trees are the server. */
  pids: { node: number; postgres: number; redis: number }
  /** Log lines of the server with this message, parsed. */
  logged(message: string): Record<string, unknown>[]
  /** JSON in, JSON out, as an admin; throws on any other status than 200 and 201. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  token: string
}

/** Private Postgres and Redis on free ports with data in a temporary folder, and a server in a process of its own. */
export async function startStack(options: BenchOptions): Promise<Stack> {
  installMissing(['postgres', 'redis'], (line) => console.error(line))
  const folder = await mkdtemp(join(tmpdir(), 'rankpulse-bench-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  const servers = await startEmbedded({ dataDir: folder })
  atEnd(() => servers.stop())
  const [postgres, redis] = [servers.postgres!, servers.redis!]
  const secret = randomBytes(32).toString('hex')
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    AUTH_SECRET: secret,
    TRANSPORT: options.transport,
    ...options.env,
  }
  const server = await startServer(env, options.profile)
  const sql = connectSql(postgres.url, { name: 'bench', max: 2, connectTimeoutMs: 5000, statementTimeoutMs: 0 })
  atEnd(() => sql.end({ timeout: 2 }))
  const token = await signToken({ role: 'admin', sub: 'bench', ttlSeconds: 86_400, secret })

  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status > 201) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as T
  }
  const { transport } = await call<{ transport: Stack['transport'] }>('GET', '/health')
  return {
    url: server.url,
    transport,
    build: server.build,
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    sql,
    pids: { node: server.pid, postgres: postgres.pid, redis: redis.pid },
    logged: (message) =>
      server.logs.flatMap((line) => {
        const entry = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {}
        return entry['msg'] === message ? [entry] : []
      }),
    call,
    token,
  }
}

async function startServer(env: Record<string, string>, profile: string | null) {
  const built = distIsCurrent()
  const main = built ? [join(root, 'dist/main.js')] : ['--import', 'tsx', join(root, 'src/main.ts')]
  const flags = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const child = spawn(process.execPath, ['--max-semi-space-size=32', ...flags, ...main, 'serve'], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a Ctrl-C in the terminal is for us: the server stays until the load has ended
  })
  const takeAlong = () => child.kill('SIGKILL')
  process.once('exit', takeAlong)
  const exited = once(child, 'exit').then(() => process.off('exit', takeAlong))
  atEnd(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const logs: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    const read = (line: string) => {
      logs.push(line)
      if (logs.length > 1000) logs.shift()
      if (line.includes('"msg":"serving"')) resolve((JSON.parse(line) as { url: string }).url)
      // pino: 40 is a warning.
      else if (!line.startsWith('{') || /"level":[4-6]0/.test(line)) console.error(`server: ${line}`)
    }
    createInterface({ input: child.stdout }).on('line', read)
    createInterface({ input: child.stderr }).on('line', read)
    void exited.then(() => reject(new Error(`the server ended:\n${logs.slice(-20).join('\n')}`)))
  })
  return { url, pid: child.pid!, logs, build: built ? 'dist' : 'src through tsx' }
}

/** Whether `npm run build` ran after the last change of the sources. */
function distIsCurrent(): boolean {
  const main = join(root, 'dist/main.js')
  if (!existsSync(main)) return false
  const built = statSync(main).mtimeMs
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  return sources.every((entry) => !entry.isFile() || statSync(join(entry.parentPath, entry.name)).mtimeMs <= built)
}
