import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isAlive } from '../../src/embedded/server-process.ts'
import type { EmbeddedServer } from '../../src/embedded/postgres.ts'
import { startEmbedded } from '../../src/embedded/start.ts'
import { onCluster } from '../helpers/test-redis.ts'

beforeEach(({ skip }) => skip(onCluster, 'these are the private servers themselves'))

let dataDir: string
const cleanUp: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rankpulse-embedded-'))
})
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step()
  await rm(dataDir, { recursive: true, force: true })
})

type Both = Record<'postgres' | 'redis', Pick<EmbeddedServer, 'url' | 'port' | 'pid'>>

async function start(): Promise<Record<'postgres' | 'redis', EmbeddedServer> & { stop(): Promise<void> }> {
  const servers = await startEmbedded({ dataDir })
  cleanUp.push(() => servers.stop())
  const { postgres, redis } = servers
  if (postgres === null || redis === null) throw new Error('both servers were asked for')
  return { ...servers, postgres, redis }
}

const query = async <T>(url: string, run: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    return await run(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const command = async <T>(url: string, run: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(url)
  redis.on('error', () => undefined) // the command rejects with it
  try {
    return await run(redis)
  } finally {
    redis.disconnect()
  }
}

const store = async ({ postgres, redis }: Both) => {
  await query(postgres.url, async (sql) => {
    await sql`create table kept (n int)`
    await sql`insert into kept select generate_series(1, 1000)`
  })
  await command(redis.url, (client) => client.zadd('kept', 7, 'ada'))
}

const stored = async ({ postgres, redis }: Both) => ({
  rows: await query(postgres.url, async (sql) => (await sql`select count(*)::int as n from kept`)[0]?.['n']),
  score: await command(redis.url, (client) => client.zscore('kept', 'ada')),
})

/** A process of its own that starts both servers and then only waits. */
async function startInChild(): Promise<Both & { child: ReturnType<typeof spawn> }> {
  const module = JSON.stringify(fileURLToPath(new URL('../../src/embedded/start.ts', import.meta.url)))
  const program = `
    const { startEmbedded } = await import(${module})
    const { postgres, redis } = await startEmbedded({ dataDir: process.argv[1] })
    console.log(JSON.stringify({ postgres, redis }))
    setInterval(() => {}, 1000)`
  const args = ['--import', 'tsx', '--input-type=module', '-e', program, dataDir]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanUp.push(async () => void child.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { ...(JSON.parse(line) as Both), child }
}

test('servers are durable, private, and gone after a stop', async () => {
  const servers = await start()
  const settings = await query(
    servers.postgres.url,
    (sql) => sql<{ name: string; setting: string }[]>`select name, setting from pg_settings where name in
      ('fsync', 'synchronous_commit', 'listen_addresses', 'unix_socket_directories', 'max_connections')`,
  )
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
    fsync: 'on',
    synchronous_commit: 'on',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
  })
  const info = await command(servers.redis.url, (client) => client.info())
  expect(info).toContain('aof_enabled:1')
  expect(info).toContain('maxmemory_policy:noeviction')

  await servers.stop()
  expect([isAlive(servers.postgres.pid), isAlive(servers.redis.pid)]).toEqual([false, false])
})

test('neither server lets in who does not know the password', async () => {
  const { postgres, redis } = await start()
  const wrong = new URL(postgres.url)
  wrong.password = 'wrong'
  await expect(query(wrong.href, (sql) => sql`select 1`)).rejects.toThrow('password')
  await expect(command(`redis://127.0.0.1:${redis.port}`, (client) => client.ping())).rejects.toThrow('NOAUTH')
})

test('kill -9 of the parent leaves neither server, and a start over the same data finds them whole', async () => {
  const first = await startInChild()
  await store(first)
  expect([isAlive(first.postgres.pid), isAlive(first.redis.pid)]).toEqual([true, true])

  first.child.kill('SIGKILL')
  // At once, while the old servers are still stopping: never two of them on one folder.
  const second = await start()
  expect([isAlive(first.postgres.pid), isAlive(first.redis.pid)]).toEqual([false, false])
  expect(await stored(second)).toEqual({ rows: 1000, score: '7' })
})

test('kill -9 of the parent stops a server that is paused, too', async () => {
  const { child, postgres, redis } = await startInChild()
  process.kill(redis.pid, 'SIGSTOP')
  child.kill('SIGKILL')
  await expect.poll(() => isAlive(postgres.pid) || isAlive(redis.pid), { timeout: 30_000 }).toBe(false)
})

test('kill -9 of the servers themselves loses nothing that was committed', async () => {
  const first = await start()
  await store(first)
  await Promise.all([first.postgres.kill(), first.redis.kill()])
  expect([isAlive(first.postgres.pid), isAlive(first.redis.pid)]).toEqual([false, false])
  const second = await start()
  expect((await stored(second)).rows).toBe(1000)
})
