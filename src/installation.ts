import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

// How this copy of rankpulse came here: a clone of the repository, a package in somebody's node_modules, or a build that
// was copied somewhere, as into the container image.

/** Whether the sources themselves run, through tsx: nothing has to be built then. */
export const fromSources = import.meta.url.endsWith('.ts')

/** Whether this is a clone of the repository, whatever of it runs. The package has no sources. */
export const inRepository = existsSync(packageFile('src/main.ts'))

/** The version of package.json. */
export const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }

/** A file or folder beside package.json: what is neither compiled nor bundled stays there. */
export function packageFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url)
}

/** A file of this copy for people to read or run, from the current directory. */
export function pathTo(path: string): string {
  return relative(process.cwd(), fileURLToPath(packageFile(path)))
}

// Where the script of package.json has another name than the command. npm would print lines of its own before a token.
const scripts: Record<string, string> = { migrate: 'db:migrate', token: '-s token' }

/**
 * What people type to run a command of the command line here, such as `howToRun('demo', 'goals')`: through npm in a
 * clone, through npx where the package is installed, else through node.
 */
export function howToRun(command: string, ...args: string[]): string {
  if (inRepository)
    return ['npm run', scripts[command] ?? command, ...(args.length > 0 ? ['--', ...args] : [])].join(' ')
  const program = import.meta.url.includes('/node_modules/') ? 'npx rankpulse' : `node ${pathTo('dist/main.js')}`
  return [program, command, ...args].join(' ')
}
