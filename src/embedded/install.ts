import { spawnSync } from 'node:child_process'
import { type Binaries, findBinaries } from './binaries.ts'

export type ServerName = 'redis' | 'postgres'

/**
 * Installs the servers that are missing, when a package manager can do so without asking. `say` gets a line before each
 * step. Throws with the exact command for the reader when it cannot.
 */
export function installMissing(wanted: ServerName[], say: (line: string) => void): Binaries {
  const missing = missingOf(findBinaries(), wanted)
  if (missing.length === 0) return findBinaries()
  const commands = installCommands(missing)
  const byHand = `Install ${missing.join(' and ')} yourself: ${howToInstall(missing)}`
  if (commands === null) throw new Error(`${missing.join(' and ')} missing. ${byHand}`)
  for (const command of commands) {
    say(`${missing.join(' and ')} missing: running ${command.join(' ')}`)
    const [file = '', ...args] = command
    const { status } = spawnSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    // A failed update may concern another source than the one that has these packages: the installation tells.
    if (status !== 0 && !command.includes('update')) throw new Error(`\`${command.join(' ')}\` failed. ${byHand}`)
  }
  say('the system may run servers of its own from these packages now; rankpulse does not use them')
  const found = findBinaries()
  const still = missingOf(found, wanted)
  if (still.length > 0) throw new Error(`${still.join(' and ')} still missing after the installation. ${byHand}`)
  return found
}

/** The command that installs these servers on this system, for people. */
export function howToInstall(names: ServerName[]): string {
  if (process.platform === 'darwin') return `brew install ${packages(names, 'postgresql@16').join(' ')}`
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  if (hasCommand('apt-get')) {
    const list = packages(names, 'postgresql').join(' ')
    return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${list}`
  }
  return `with this system's package manager, or set ${names.map(variableOf).join(' and ')} to servers that run elsewhere`
}

function installCommands(names: ServerName[]): string[][] | null {
  if (process.platform === 'darwin')
    return hasCommand('brew') ? [['brew', 'install', ...packages(names, 'postgresql@16')]] : null
  if (!hasCommand('apt-get')) return null
  const sudo = withoutPassword()
  if (sudo === null) return null
  const apt = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get']
  const list = packages(names, 'postgresql')
  return [
    [...apt, 'update', '-qq'],
    [...apt, 'install', '-y', '-qq', '--no-install-recommends', ...list],
  ]
}

function packages(names: ServerName[], postgres: string): string[] {
  const redis = process.platform === 'darwin' ? 'redis' : 'redis-server'
  return names.map((name) => (name === 'redis' ? redis : postgres))
}

function missingOf(found: Binaries, wanted: ServerName[]): ServerName[] {
  return wanted.filter((name) => found[name] === null)
}

// [] as root, sudo where it asks for no password, null where neither.
function withoutPassword(): string[] | null {
  if (process.getuid?.() === 0) return []
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null
}

function hasCommand(name: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' }).status === 0
}

function variableOf(name: ServerName): string {
  return name === 'redis' ? 'REDIS_URL' : 'DATABASE_URL'
}
