import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Account } from './unprivileged.ts'

/** The password of a private server: made once, kept in its data folder for its owner only. */
export function passwordIn(dataDir: string, owner: Account | null = null): string {
  const file = passwordFile(dataDir)
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const password = randomBytes(24).toString('hex')
  writeFileSync(file, `${password}\n`, { mode: 0o600, flag: 'wx' })
  if (owner !== null) chownSync(file, owner.uid, owner.gid)
  return password
}

export function passwordFile(dataDir: string): string {
  return join(dataDir, 'password')
}
