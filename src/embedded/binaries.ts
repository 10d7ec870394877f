import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Binary {
  path: string
  /** As it names itself, such as 7.0.15 or 15.14. */
  version: string
}

export interface Binaries {
  /** redis-server or valkey-server. */
  redis: Binary | null
  /** postgres; initdb is in the same folder. */
  postgres: Binary | null
}

const USUAL_FOLDERS = ['/usr/local/bin', '/usr/bin', '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin']
// Each holds one folder a Postgres version, with `bin` in it.
const POSTGRES_ROOTS = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/Library/PostgreSQL']

/** The servers on this machine, from PATH or the usual folders. `postgresMajor` prefers the version of existing data. */
export function findBinaries(postgresMajor?: string): Binaries {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...USUAL_FOLDERS]
  const redis = first(folders.flatMap((folder) => [join(folder, 'redis-server'), join(folder, 'valkey-server')]))
  const servers = [...folders, ...POSTGRES_ROOTS.flatMap(versionFolders)].map((folder) => join(folder, 'postgres'))
  const matching = postgresMajor === undefined ? null : first(servers, (version) => majorOf(version) === postgresMajor)
  return { redis, postgres: matching ?? first(servers) }
}

/** The number before the first dot: Postgres keeps its data format within it. */
export function majorOf(version: string): string {
  return version.split('.')[0] ?? version
}

function versionFolders(root: string): string[] {
  try {
    const names = readdirSync(root).filter((name) => /^(postgresql@)?\d+$/.test(name) || name === 'postgresql')
    return names.sort((a, b) => numberIn(b) - numberIn(a)).map((name) => join(root, name, 'bin'))
  } catch {
    return []
  }
}

function first(paths: string[], accepts: (version: string) => boolean = () => true): Binary | null {
  for (const path of new Set(paths)) {
    if (!isExecutable(path)) continue
    const version = versionOf(path)
    if (version !== null && accepts(version)) return { path, version }
  }
  return null
}

// "Redis server v=7.0.15 sha=...", "postgres (PostgreSQL) 15.14 (Debian ...)"
function versionOf(path: string): string | null {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return /(?:v=|\(PostgreSQL\) )(\d+[.\w]*)/.exec(stdout ?? '')?.[1] ?? null
}

/** Whether this process may run the file at a path. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function numberIn(name: string): number {
  return Number(/\d+/.exec(name)?.[0] ?? 0)
}
