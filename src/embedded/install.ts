import { type Binaries, findBinaries } from './binaries.ts'
import { howToInstallPackages, installPackages, type Packages } from './package-manager.ts'

export type ServerName = 'redis' | 'postgres'

/**
 * Installs the servers that are missing, when a package manager can do so without asking. `say` gets a line before each
 * step. Throws with the exact command for the reader when it cannot.
 */
export function installMissing(wanted: ServerName[], say: (line: string) => void): Binaries {
  const missing = missingOf(findBinaries(), wanted)
  if (missing.length === 0) return findBinaries()
  const what = `${missing.join(' and ')} missing`
  const byHand = `Install ${missing.join(' and ')} yourself: ${howToInstall(missing)}`
  let done: boolean
  try {
    done = installPackages(packagesOf(missing), what, say)
  } catch (error) {
    throw new Error(`${(error as Error).message}. ${byHand}`, { cause: error })
  }
  if (!done) throw new Error(`${what}. ${byHand}`)
  say('the system may run servers of its own from these packages now; rankpulse does not use them')
  const found = findBinaries()
  const still = missingOf(found, wanted)
  if (still.length > 0) throw new Error(`${still.join(' and ')} still missing after the installation. ${byHand}`)
  return found
}

/** The command that installs these servers on this system, for people. */
export function howToInstall(names: ServerName[]): string {
  return (
    howToInstallPackages(packagesOf(names)) ??
    `with this system's package manager, or set ${names.map(variableOf).join(' and ')} to servers that run elsewhere`
  )
}

function packagesOf(names: ServerName[]): Packages {
  return {
    apt: names.map((name) => (name === 'redis' ? 'redis-server' : 'postgresql')),
    brew: names.map((name) => (name === 'redis' ? 'redis' : 'postgresql@16')),
  }
}

function missingOf(found: Binaries, wanted: ServerName[]): ServerName[] {
  return wanted.filter((name) => found[name] === null)
}

function variableOf(name: ServerName): string {
  return name === 'redis' ? 'REDIS_URL' : 'DATABASE_URL'
}
