import { spawnSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import { root, type Stack } from './stack.ts'

/** What a result has to be read with: machine, versions, commit, how busy the machine was. */
export async function describeRun(stack: Stack, env: Record<string, string>): Promise<Record<string, string>> {
  const [postgres] = await stack.sql<{ v: string }[]>`select current_setting('server_version') as v`
  const redis = await redisVersion(stack)
  return {
    date: new Date().toISOString(),
    commit: commit(),
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    'load average before': loadavg()
      .map((value) => value.toFixed(2))
      .join(' '),
    node: process.version,
    server: [stack.build, `transport ${stack.transport}`, ...Object.entries(env).map((pair) => pair.join('='))].join(
      ', ',
    ),
    postgres: postgres?.v ?? 'unknown',
    redis,
  }
}

function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  const head = git('rev-parse', '--short', 'HEAD')
  if (head.status !== 0) return 'unknown'
  const changed = git('status', '--porcelain', '--', 'src', 'bench', 'package-lock.json').stdout.trim() !== ''
  return head.stdout.trim() + (changed ? ' dirty' : '')
}

async function redisVersion({ redisUrl }: Stack): Promise<string> {
  const { Redis } = await import('ioredis')
  const client = new Redis(redisUrl, { protocol: 2 })
  try {
    return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'unknown'
  } finally {
    client.disconnect()
  }
}
