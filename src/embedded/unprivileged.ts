import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export interface Account {
  name: string
  uid: number
  gid: number
}

const FALLBACK_ROOT = '/var/lib/rankpulse'

/** The account that Postgres, which refuses to run as root, has to run as; null when this process is not root. */
export function unprivilegedAccount(): Account | null {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name)
    const gid = idOf('-g', name)
    if (uid !== null && gid !== null && uid !== 0) return { name, uid, gid }
  }
  throw new Error('Postgres does not run as root, and there is no user postgres or nobody to run it as: add one')
}

/**
 * Makes the folder and gives it to the account. Answers where it is: below /var/lib/rankpulse when the account cannot
 * reach the wanted place (a clone in /root, say).
 */
export function prepareFolder(wanted: string, account: Account | null): string {
  mkdirSync(wanted, { recursive: true })
  if (account === null) return wanted
  openTemporaryFolders(dirname(wanted))
  if (canReach(dirname(wanted), account)) return own(wanted, account)
  const elsewhere = join(FALLBACK_ROOT, createHash('sha256').update(wanted).digest('hex').slice(0, 16))
  mkdirSync(elsewhere, { recursive: true })
  chmodSync(FALLBACK_ROOT, 0o755)
  return own(elsewhere, account)
}

// mkdtemp makes private folders: those that are ours may be passed through, so that tests keep their data there.
function openTemporaryFolders(folder: string): void {
  const top = resolve(tmpdir())
  for (let current = folder; current.startsWith(`${top}/`); current = dirname(current)) {
    const { uid, mode } = statSync(current)
    if (uid === 0) chmodSync(current, (mode & 0o7777) | 0o011)
  }
}

function own(folder: string, account: Account): string {
  chownSync(folder, account.uid, account.gid)
  chmodSync(folder, 0o700)
  return folder
}

// Asks the system rather than reading mode bits: access lists and mount options count too.
function canReach(folder: string, account: Account): boolean {
  const options = { uid: account.uid, gid: account.gid, cwd: '/', stdio: 'ignore' } as const
  return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], options).status === 0
}

function idOf(which: '-u' | '-g', name: string): number | null {
  const { status, stdout } = spawnSync('id', [which, name], { encoding: 'utf8' })
  return status === 0 ? Number(stdout.trim()) : null
}
