import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from './server-process.ts'

/** What quickstart leaves in `<data dir>/quickstart.json` for the other commands. */
export interface QuickstartState {
  url: string
  authSecret: string
  /** null when it was stopped in an orderly way. */
  pid: number | null
  databaseUrl: string
  redisUrl: string
}

export const DEFAULT_DATA_DIR = '.data'

/** null when quickstart never ran here. */
export function readState(dataDir: string): QuickstartState | null {
  try {
    return JSON.parse(readFileSync(stateFile(dataDir), 'utf8')) as QuickstartState
  } catch {
    return null
  }
}

/** Replaces the file whole; only its owner can read it. */
export function writeState(dataDir: string, state: QuickstartState): void {
  mkdirSync(dataDir, { recursive: true })
  const fresh = `${stateFile(dataDir)}.${process.pid}`
  writeFileSync(fresh, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(fresh, stateFile(dataDir))
}

/** Whether the quickstart of this state is still running. */
export function isRunning(state: QuickstartState | null): boolean {
  if (state === null || state.pid === null || state.pid === process.pid) return false
  return isAlive(state.pid) && looksLikeQuickstart(state.pid)
}

// Process ids are reused.
function looksLikeQuickstart(pid: number): boolean {
  if (process.platform !== 'linux') return true
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('quickstart')
  } catch {
    return false
  }
}

function stateFile(dataDir: string): string {
  return join(dataDir, 'quickstart.json')
}
