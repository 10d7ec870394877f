import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ServerProcess {
  url: string
  pid: number
  /** Log lines so far, newest last; at most 2,000. */
  logs: string[]
  exited: Promise<number | null>
  /** SIGTERM, then waits for the exit and returns its code. */
  stop(): Promise<number | null>
  kill(signal: NodeJS.Signals): void
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** What comes before the arguments of the command line, from whatever folder. */
export const commandLine = ['--import', import.meta.resolve('tsx'), main]

/**
 * A server in a process of its own, from the sources and on a free port unless told otherwise; resolves when it serves.
 * `address`: {} leaves HOST and PORT to the folder's `.env`.
 */
export async function startServer(
  env: Record<string, string>,
  options: { args?: string[]; cwd?: string; address?: Record<string, string> } = {},
): Promise<ServerProcess> {
  const { args = [...commandLine, 'serve'], cwd, address = { HOST: '127.0.0.1', PORT: '0' } } = options
  const child = spawn(process.execPath, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { PATH: process.env.PATH, ...address, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A test run that dies takes its servers along.
  const takeAlong = () => child.kill('SIGKILL')
  process.once('exit', takeAlong)
  const exited = once(child, 'exit').then(([code]) => {
    process.off('exit', takeAlong)
    return code as number | null
  })
  const logs: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    const read = (line: string) => {
      logs.push(line)
      if (logs.length > 2000) logs.shift()
      if (!line.includes('"msg":"serving"')) return
      resolve((JSON.parse(line) as { url: string }).url)
    }
    createInterface({ input: child.stdout }).on('line', read)
    createInterface({ input: child.stderr }).on('line', read)
    void exited.then((code) => reject(new Error(`server exited with ${code}:\n${logs.slice(-30).join('\n')}`)))
  })
  return {
    url,
    pid: child.pid!,
    logs,
    exited,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      return exited
    },
  }
}
