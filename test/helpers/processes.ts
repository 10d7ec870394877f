import { readdirSync, readlinkSync } from 'node:fs'

/** Processes that work in a folder or below it: private servers make their data folder their working directory. */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
      } catch {
        return false // it has ended meanwhile
      }
    })
    .map(Number)
}
