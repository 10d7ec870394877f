import { createRequire } from 'node:module'
import { ConfigError, parseConfig, redisUrl } from '../config.ts'
import { type Binary, findBinaries } from '../embedded/binaries.ts'
import { howToInstall, type ServerName } from '../embedded/install.ts'
import { isRunning, readState } from '../embedded/quickstart-state.ts'
import { howToRun, pathTo } from '../installation.ts'
import { readEnvOrQuickstart } from './addresses.ts'
import { examinePostgres, examineRedis } from './doctor-servers.ts'
import type { Finding } from './finding.ts'

/** Looks at everything that rankpulse needs here. Never throws for what it finds. */
export async function examine(dataDir: string): Promise<Finding[]> {
  const raw = readEnvOrQuickstart(dataDir)
  const redis = redisUrl(raw)
  const embedded = raw.source === 'quickstart'
  const findings = [nodeVersion(), ...installed(embedded), nativeUws()]
  if (embedded && !isRunning(readState(dataDir)))
    return [...findings, ...misconfigured(raw, embedded), notRunning(dataDir)]
  findings.push(...misconfigured(raw, embedded))
  if (raw.DATABASE_URL !== '') findings.push(...(await examinePostgres(raw.DATABASE_URL)))
  if (redis !== '') findings.push(...(await examineRedis(redis)))
  return findings
}

/** One finding as lines of text. */
export function describe({ state, what, mend }: Finding): string {
  const mark = { ok: 'ok      ', warning: 'warning ', broken: 'BROKEN  ' }[state]
  return mend === undefined ? `${mark}${what}` : `${mark}${what}\n        -> ${mend}`
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const what = `Node ${process.versions.node}`
  if (major > 20 || (major === 20 && minor >= 19)) return { state: 'ok', what }
  return { state: 'broken', what: `${what} is too old`, mend: 'install Node 20.19 or newer' }
}

// Only quickstart, tests and benches need servers of their own.
function installed(needed: boolean): Finding[] {
  const { redis, postgres } = findBinaries()
  return [program('redis', 'redis-server', redis, 7, needed), program('postgres', 'Postgres', postgres, 14, needed)]
}

function program(name: ServerName, title: string, binary: Binary | null, oldest: number, needed: boolean): Finding {
  const mend = needed ? `${howToRun('quickstart')} installs it, or: ${howToInstall([name])}` : howToInstall([name])
  if (binary === null) return { state: 'warning', what: `${title} is not installed here`, mend }
  const what = `${title} ${binary.version} at ${binary.path}`
  if (Number.parseInt(binary.version, 10) >= oldest) return { state: 'ok', what }
  return { state: needed ? 'broken' : 'warning', what: `${what} is older than ${oldest}`, mend: 'install a newer one' }
}

// Tries the addon itself: the package falls back to a JavaScript version that rankpulse does not use.
function nativeUws(): Finding {
  const { platform, arch, versions } = process
  const require = createRequire(import.meta.url)
  const name = `uws_${platform}_${arch}_${versions.modules}.node`
  for (const path of [`uWebSockets.js/${name}`, `uWebSockets.js/binaries/${name}`]) {
    try {
      require(path)
      return { state: 'ok', what: 'uWebSockets.js: the native addon loads (transport uws)' }
    } catch {
      // the other package has it elsewhere
    }
  }
  const mend = 'nothing needs mending: TRANSPORT=auto takes node; Node 20 has the addon, and so has the container image'
  return { state: 'warning', what: `uWebSockets.js has no native addon for Node ${versions.node} here`, mend }
}

function misconfigured(raw: ReturnType<typeof readEnvOrQuickstart>, embedded: boolean): Finding[] {
  // quickstart brings addresses and a secret of its own
  const own = { DATABASE_URL: 'postgres://127.0.0.1/x', REDIS_URL: 'redis://127.0.0.1', AUTH_SECRET: 'x'.repeat(32) }
  const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== ''))
  try {
    parseConfig(embedded ? { ...raw, ...own, ...given } : raw)
    return [{ state: 'ok', what: 'the configuration is valid' }]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => ({
      state: 'broken',
      what: `configuration: ${problem}`,
      mend: `change it in the environment or in .env (see ${pathTo('.env.example')})`,
    }))
  }
}

function notRunning(dataDir: string): Finding {
  const what = readState(dataDir) === null ? 'nothing is set up here yet' : 'quickstart is not running'
  return { state: 'warning', what, mend: `${howToRun('quickstart')}, or set DATABASE_URL, REDIS_URL and AUTH_SECRET` }
}
