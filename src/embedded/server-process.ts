import { readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { createServer } from 'node:net'
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a server of an earlier run may take to end, in ms: its leash kills it after 60 s. */
const OLD_SERVER_LIMIT_MS = 90_000

/** A port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => void server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/**
 * Waits until no server works in this folder any more: the one of a run that was killed is still stopping. Throws when
 * it stays, since two servers on one folder would destroy the data.
 */
export async function waitForOldServer(pidFile: string, folder: string): Promise<void> {
  const deadline = Date.now() + OLD_SERVER_LIMIT_MS
  for (;;) {
    const pid = pidIn(pidFile)
    if (pid === null || !worksIn(pid, folder)) return
    if (Date.now() > deadline) throw new Error(`a server (process ${pid}) already runs on ${folder}: stop it first`)
    await sleep(50)
  }
}

/** The process id on the first line of a file; null without a file. */
export function pidIn(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
    return Number.isInteger(pid) && pid > 1 ? pid : null
  } catch {
    return null
  }
}

/** Whether a process with this id exists, and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return stateOf(pid) !== 'Z'
}

// Process ids are reused, after a reboot or in a container soon: both servers have their folder as working directory.
function worksIn(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
    } catch {
      return false
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return /postgres|redis|valkey/.test(stdout ?? '')
}

function stateOf(pid: number): string | null {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? null
  } catch {
    return null
  }
}
