import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Account } from './unprivileged.ts'

// The shell that holds a server. Its stdin is a pipe whose other end only this process has: at end of file, however
// this process ended, the server is told to stop, and killed if it has not done so after 60 s. `cmd &` in sh reads
// /dev/null, so the watcher gets the pipe as descriptor 3. The first line on stdout is the server's own pid.
const SCRIPT = `
signal=$1; shift
exec 3<&0
"$@" </dev/null >&2 3<&- &
server=$!
{
  while read -r line <&3; do :; done
  kill -s "$signal" "$server"
  kill -s CONT "$server"
  left=60
  while [ "$left" -gt 0 ] && kill -s 0 "$server"; do sleep 1; left=$((left - 1)); done
  kill -s KILL "$server"
} >/dev/null 2>&1 &
watcher=$!
exec 3<&-
echo "$server"
wait "$server"
code=$?
kill "$watcher"
exit "$code"
`

export interface LeashedServer {
  /** The server's own process id, not the shell's. */
  pid: number
  /** Resolves with the exit code when the server has ended, for whatever reason. */
  exited: Promise<number | null>
  hasExited(): boolean
  /** Asks the server to stop and resolves when it has. */
  stop(): Promise<void>
  /** SIGKILL, and resolves when the process is gone. */
  kill(): Promise<void>
}

export interface LeashOptions {
  command: string
  args: string[]
  /** Asks this server for an orderly stop that does not wait for its clients. */
  stopSignal: 'INT' | 'TERM'
  /** Takes stdout and stderr; the one of the previous run is kept as `<logFile>.1`. */
  logFile: string
  cwd: string
  account: Account | null
  /** More environment variables for the server. */
  env?: Record<string, string>
}

/** Starts a server that stops when this process ends, also by SIGKILL. Rejects when it cannot be spawned. */
export async function startLeashed(options: LeashOptions): Promise<LeashedServer> {
  const { command, args, stopSignal, logFile, cwd, account } = options
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`)
  const log = openSync(logFile, 'a', 0o600)
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'leash', stopSignal, command, ...args], {
    cwd,
    detached: true, // a Ctrl-C in the terminal is for us: the server stays until we have stopped
    stdio: ['pipe', 'pipe', log],
    env: { ...process.env, ...options.env },
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  })
  closeSync(log)
  const exited = new Promise<number | null>((resolve) => void shell.once('exit', resolve))
  const pid = await readPid(shell)
  shell.stdin?.on('error', () => undefined) // the server ended first
  // They must not keep this process alive by themselves.
  for (const handle of [shell, shell.stdin, shell.stdout]) unref(handle)

  return {
    pid,
    exited,
    hasExited: () => shell.exitCode !== null || shell.signalCode !== null,
    async stop() {
      shell.ref()
      shell.stdin?.end()
      await exited
    },
    async kill() {
      shell.ref()
      if (shell.exitCode === null) process.kill(pid, 'SIGKILL')
      await exited
    },
  }
}

/** The end of a log file, for error messages. */
export function tailOf(logFile: string): string {
  return existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : ''
}

async function readPid(shell: ChildProcess): Promise<number> {
  if (shell.stdout === null) throw new Error('the shell has no stdout')
  const lines = createInterface({ input: shell.stdout })
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(shell, 'exit').then(() => ['']), // rejects by itself when the shell cannot be spawned
  ])) as [string]
  lines.close()
  const pid = Number(line)
  if (!Number.isInteger(pid) || pid <= 1) throw new Error('the shell that holds a server ended before it started it')
  return pid
}

function unref(handle: unknown): void {
  ;(handle as { unref?: () => void } | null)?.unref?.()
}
