import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { packageFile } from '../installation.ts'

const ROOT = fileURLToPath(packageFile(''))

/**
 * Whether the migrations in ./drizzle make the tables that the schema declares. Returns what is wrong, or null. Needs
 * the development dependencies.
 */
export async function schemaDrift(): Promise<string | null> {
  const config = await readDrizzleConfig()
  const check = drizzleKit('check', ['--dialect', config.dialect, '--out', config.out])
  if (check.status !== 0) return `the migrations contradict each other:\n${check.output}`

  const caches = join(ROOT, 'node_modules', '.cache')
  mkdirSync(caches, { recursive: true })
  const copy = mkdtempSync(join(caches, 'db-check-'))
  try {
    cpSync(join(ROOT, config.out), copy, { recursive: true })
    const before = listFiles(copy)
    const schema = ['--dialect', config.dialect, '--schema', config.schema, '--out', relative(ROOT, copy)]
    const generate = drizzleKit('generate', schema)
    if (generate.status !== 0) return `drizzle-kit generate failed:\n${generate.output}`
    const fresh = listFiles(copy).filter((name) => !before.includes(name))
    // A rename makes it ask, fail without a terminal, and exit with 0 all the same.
    if (fresh.length === 0 && generate.output.includes('No schema changes')) return null
    return `the schema has changes without a migration: run \`npm run db:generate\` and commit what it writes`
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

interface DrizzleConfig {
  dialect: string
  schema: string
  out: string
}

async function readDrizzleConfig(): Promise<DrizzleConfig> {
  const file = pathToFileURL(join(ROOT, 'drizzle.config.ts')).href
  const { default: config } = (await import(file)) as { default: Partial<DrizzleConfig> }
  const { dialect = 'postgresql', schema = './src/postgres/schema/index.ts', out = './drizzle' } = config
  return { dialect, schema, out }
}

function drizzleKit(command: string, args: string[]): { status: number | null; output: string } {
  const bin = join(ROOT, 'node_modules', 'drizzle-kit', 'bin.cjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, command, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { status, output: `${stdout}${stderr}`.trim() }
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sql'))
}
