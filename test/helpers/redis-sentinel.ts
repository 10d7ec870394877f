import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findBinaries } from '../../src/embedded/binaries.ts'
import { startLeashed } from '../../src/embedded/leash.ts'
import { freePort } from '../../src/embedded/server-process.ts'
import { redisCommand, startNode, type RedisNode } from './redis-node.ts'
import type { TestRedis } from './redis-node.ts'
import { eventually } from './wait.ts'

export interface SentinelRedis extends TestRedis {
  /** The first one starts as the master. */
  servers: RedisNode[]
}

/** A master, a replica and a Sentinel that watches them, on 127.0.0.1. The first Sentinel of the address is not there. */
export async function startRedisSentinel(folder: string): Promise<SentinelRedis> {
  const password = randomBytes(24).toString('hex')
  const auth: [string, string][] = [['masterauth', password]]
  const master = await startNode(join(folder, 'redis-0'), password, auth)
  const replica = await startNode(join(folder, 'redis-1'), password, [
    ...auth,
    ['replicaof', `127.0.0.1 ${master.port}`],
  ])
  const servers = [master, replica]
  const sentinel = await startSentinel(join(folder, 'sentinel'), master.port, password)
  await eventually(async () => {
    if (!String(await replica.command('INFO')).includes('master_link_status:up')) throw new Error('no replica yet')
    const known = (await sentinel.command('SENTINEL', 'REPLICAS', 'main')) as unknown[]
    if (known.length === 0) throw new Error('the Sentinel does not know the replica yet')
  })
  const hosts = `127.0.0.1:${await freePort()},127.0.0.1:${sentinel.port}`
  const all = (what: (server: RedisNode) => Promise<unknown>) => Promise.all(servers.map(what)).then(() => {})
  return {
    url: `redis+sentinel://:${password}@${hosts}/main/0?sentinelPassword=${sentinel.password}`,
    ports: servers.map(({ port }) => port),
    dataDirs: servers.map(({ dataDir }) => dataDir),
    servers,
    async stop() {
      await sentinel.stop()
      await all((server) => server.stop())
    },
    kill: () => all((server) => server.kill()),
    pause: () => servers.forEach((server) => server.pause()),
    resume: () => servers.forEach((server) => server.resume()),
    restart: (args) => all((server) => server.restart(args)),
  }
}

async function startSentinel(dataDir: string, masterPort: number, masterPassword: string) {
  const password = randomBytes(8).toString('hex')
  const port = await freePort()
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const config = join(dataDir, 'sentinel.conf')
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${JSON.stringify(dataDir)}`,
    `requirepass ${password}`,
    `sentinel monitor main 127.0.0.1 ${masterPort} 1`,
    `sentinel auth-pass main ${masterPassword}`,
    'sentinel down-after-milliseconds main 1500',
    'sentinel failover-timeout main 5000',
  ]
  await writeFile(config, `${lines.join('\n')}\n`, { mode: 0o600 })
  const server = await startLeashed({
    command: findBinaries().redis!.path,
    args: [config, '--sentinel'],
    stopSignal: 'TERM',
    logFile: join(dataDir, 'sentinel.log'),
    cwd: dataDir,
    account: null,
  })
  const command = redisCommand(`redis://:${password}@127.0.0.1:${port}`)
  await eventually(() => command('PING'))
  return { port, password, command, stop: () => server.stop() }
}
