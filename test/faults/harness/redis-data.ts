import { cp, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'

export type Admin = Redis

/** A connection of the harness's own, which comes back when Redis does. */
export function connectAdmin(url: string): Admin {
  const retryStrategy = (attempt: number) => Math.min(50 * attempt, 500)
  return new Redis(url, { protocol: 2, maxRetriesPerRequest: null, retryStrategy }).on('error', () => {})
}

const folder = 'appendonlydir'
const copyOf = (dataDir: string) => join(dataDir, 'appendonly-copy')

/** Copies the append-only files of a running Redis, which then are what a crash at this moment would have left. */
export async function copyAppendOnly(dataDir: string): Promise<void> {
  const from = join(dataDir, folder)
  for (;;) {
    const before = await manifest(from)
    await rm(copyOf(dataDir), { recursive: true, force: true })
    const copied = await cp(from, copyOf(dataDir), { recursive: true }).then(
      () => true,
      () => false,
    )
    // A rewrite that ended meanwhile took files away.
    if (copied && before === (await manifest(from))) return
  }
}

/** Puts the copy in the place of what a dead Redis left, or nothing at all. */
export async function putBackAppendOnly(dataDir: string, what: 'older' | 'empty'): Promise<void> {
  await rm(join(dataDir, folder), { recursive: true, force: true })
  if (what === 'older') await cp(copyOf(dataDir), join(dataDir, folder), { recursive: true })
}

async function manifest(path: string): Promise<string> {
  const names = await readdir(path)
  const name = names.find((one) => one.endsWith('.manifest'))
  return name === undefined ? '' : readFile(join(path, name), 'utf8')
}
