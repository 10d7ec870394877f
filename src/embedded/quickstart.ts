import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { type Config, parseConfig, type RawConfig, readEnv, redisUrl } from '../config.ts'
import { createLog } from '../log.ts'
import { signToken } from '../auth/tokens.ts'
import { installMissing, type ServerName } from './install.ts'
import { startMoreNodes } from './quickstart-nodes.ts'
import { isRunning, readState, writeState } from './quickstart-state.ts'
import { welcome } from './quickstart-welcome.ts'
import { freePort } from './server-process.ts'
import { type EmbeddedServers, startEmbedded } from './start.ts'

export interface QuickstartOptions {
  dataDir: string
  /** Asked for explicitly: no other one is taken when it is in use. */
  port?: string
  /** Server processes in all; default 1. */
  nodes?: number
}

const TOKEN_TTL_SECONDS = 24 * 3600

/**
 * Everything from nothing: installs and starts private servers where the environment names none, then the app, with a
 * leaderboard to try. Prints what to do next. Throws when another quickstart runs on the data folder.
 */
export async function quickstart(options: QuickstartOptions): Promise<{ stop(): Promise<void> }> {
  const dataDir = resolve(options.dataDir)
  const before = readState(dataDir)
  if (isRunning(before))
    throw new Error(`another quickstart (process ${before?.pid}) already runs on ${dataDir}, at ${before?.url}`)

  const raw = readEnv({ LOG_LEVEL: 'warn', LOG_PRETTY: process.stdout.isTTY ? 'true' : 'false', ...process.env })
  const servers = await startServers(raw, dataDir)
  try {
    raw.AUTH_SECRET ||= before?.authSecret ?? randomBytes(32).toString('hex')
    raw.HOST = process.env['HOST'] || '127.0.0.1'
    const config = parseConfig({ ...raw, PORT: await choosePort(options.port) })
    const app = await startApp(config)
    const state = { authSecret: raw.AUTH_SECRET, databaseUrl: config.postgres.url, redisUrl: config.redis.url }
    const { url } = app.address
    writeState(dataDir, { url, pid: process.pid, ...state })
    const token = await adminToken(raw)
    await createDemoLeaderboard(url, token)
    const others = await startMoreNodes((options.nodes ?? 1) - 1, raw, dataDir)
    console.log(welcome({ url, others: others.urls, token, transport: app.transport, dataDir }))
    return {
      async stop() {
        console.log('Stopping ...')
        await Promise.all([app.stop(), others.stop()])
        await servers.stop()
        writeState(dataDir, { url, pid: null, ...state })
      },
    }
  } catch (error) {
    await servers.stop()
    throw error
  }
}

// Fills in the addresses that the environment does not give.
async function startServers(raw: RawConfig, dataDir: string): Promise<EmbeddedServers> {
  const needs = { postgres: raw.DATABASE_URL === '', redis: redisUrl(raw) === '' }
  const names = (['postgres', 'redis'] as ServerName[]).filter((name) => needs[name])
  installMissing(names, (line) => console.log(line))
  if (names.length > 0) console.log(`Starting ${names.join(' and ')} with data in ${dataDir} ...`)
  const servers = await startEmbedded({ dataDir, ...needs })
  if (servers.postgres !== null) {
    raw.DATABASE_URL = servers.postgres.url
    const place = servers.postgres.dataDir
    if (!place.startsWith(dataDir))
      console.log(`Postgres cannot run as root nor reach ${dataDir}: its data are in ${place}`)
  }
  if (servers.redis !== null) raw.REDIS_URL = servers.redis.url
  return servers
}

async function startApp(config: Config) {
  const { startApp } = await import('../app.ts')
  return startApp({ ...config, postgres: { ...config.postgres, migrate: true } }, createLog(config.log))
}

async function choosePort(asked: string | undefined): Promise<string> {
  const explicit = asked ?? process.env['PORT']
  if (explicit !== undefined && explicit !== '') return explicit
  if (await isFree(3000)) return '3000'
  console.log('Port 3000 is taken: using a free one (--port chooses)')
  return String(await freePort())
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => void server.close(() => resolve(true)))
  })
}

function adminToken({ AUTH_SECRET: secret, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience }: RawConfig): Promise<string> {
  return signToken({ role: 'admin', sub: 'quickstart', ttlSeconds: TOKEN_TTL_SECONDS, secret, issuer, audience })
}

async function createDemoLeaderboard(url: string, token: string): Promise<void> {
  const response = await fetch(`${url}/v1/leaderboards`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'demo', title: 'Demo', types: ['GLOBAL', 'WEEKLY', 'DAILY'] }),
  })
  const text = await response.text()
  if (response.ok || response.status === 409) return // 409: somebody has changed it since the first start
  throw new Error(`the demo leaderboard could not be created: ${response.status} ${text}`)
}
