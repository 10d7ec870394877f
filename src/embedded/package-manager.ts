import { spawnSync } from 'node:child_process'

/** What something is called in the package managers. */
export interface Packages {
  apt: string[]
  brew: string[]
}

/** The command that installs packages on this system, for people; null where no package manager is known. */
export function howToInstallPackages({ apt, brew }: Packages): string | null {
  if (process.platform === 'darwin') return `brew install ${brew.join(' ')}`
  if (!hasCommand('apt-get')) return null
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${apt.join(' ')}`
}

/**
 * Installs packages without asking; `say` gets a line before each step. Throws when a step fails, and returns false when
 * no package manager here can do it without a password.
 */
export function installPackages(packages: Packages, why: string, say: (line: string) => void): boolean {
  const commands = installCommands(packages)
  if (commands === null) return false
  for (const command of commands) {
    say(`${why}: running ${command.join(' ')}`)
    const [file = '', ...args] = command
    const { status } = spawnSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    // A failed update may concern another source than the one that has these packages: the installation tells.
    if (status !== 0 && !command.includes('update')) throw new Error(`\`${command.join(' ')}\` failed`)
  }
  return true
}

function installCommands({ apt, brew }: Packages): string[][] | null {
  if (process.platform === 'darwin') return hasCommand('brew') ? [['brew', 'install', ...brew]] : null
  if (!hasCommand('apt-get')) return null
  const sudo = withoutPassword()
  if (sudo === null) return null
  // Somebody else may be installing, such as another test run: wait for the lock.
  const manager = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300']
  return [
    [...manager, 'update', '-qq'],
    [...manager, 'install', '-y', '-qq', '--no-install-recommends', ...apt],
  ]
}

// [] as root, sudo where it asks for no password, null where neither.
function withoutPassword(): string[] | null {
  if (process.getuid?.() === 0) return []
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null
}

function hasCommand(name: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' }).status === 0
}
