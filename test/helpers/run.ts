import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { delimiter } from 'node:path'

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a program to its end, in an environment as a person's shell has it. */
export async function run(command: string, args: string[], cwd: string): Promise<Ran> {
  const child = spawn(command, args, { cwd, env: shellEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

/** The same for what has to succeed: answers its standard output, rejects with all that it printed. */
export async function runWell(command: string, args: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, cwd)
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} exited with ${code}:\n${stdout}\n${stderr}`)
  return stdout
}

const keptOfNpm = ['npm_config_registry', 'npm_config_cache', 'npm_config_userconfig']

/** This process's environment without what npm, vitest and the repository's own programs add to it. */
export function shellEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => keptOfNpm.includes(name) || !/^(npm_|NODE|VITEST|TEST$|INIT_CWD)/.test(name),
  )
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'))
  return { ...Object.fromEntries(own), PATH: folders.join(delimiter) }
}
