import { spawnSync } from 'node:child_process'

/** Whether a command succeeds. */
export function succeeds(file: string, ...args: string[]): boolean {
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0
}

/** Installs packages of Debian's unless `present` says that they are there; throws with the command when it cannot. */
export function ensurePackages(present: () => boolean, ...packages: string[]): void {
  if (present()) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    })
  apt('update')
  apt('install', '-y', '--no-install-recommends', ...packages)
  if (!present()) throw new Error(`missing: apt-get install -y --no-install-recommends ${packages.join(' ')}`)
}
