import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { freePort } from '../../src/embedded/server-process.ts'
import { startNode, type RedisNode } from './redis-node.ts'
import type { TestRedis } from './redis-node.ts'
import { eventually } from './wait.ts'

const slotCount = 16_384

/** A Cluster of masters on 127.0.0.1 that share the slots, without replicas unless asked for. */
export interface RedisCluster extends TestRedis {
  nodes: RedisNode[]
  /** Resolves when every node says that all slots are served. */
  untilOk(): Promise<void>
}

export async function startRedisCluster(
  folder: string,
  { masters = 3, replicas = 0, nodeTimeoutMs = 30_000, fullCoverage = true } = {},
): Promise<RedisCluster> {
  const password = randomBytes(24).toString('hex')
  const count = masters + replicas
  const nodes = await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const busPort = await freePort()
      const node = await startNode(join(folder, `node-${at}`), password, [
        ['cluster-enabled', 'yes'],
        ['cluster-port', busPort],
        // Nobody is voted out for having been paused by a test.
        ['cluster-node-timeout', nodeTimeoutMs],
        ['cluster-require-full-coverage', fullCoverage ? 'yes' : 'no'],
        ['masterauth', password],
        // A replica that saw nothing for long may still take over.
        ['cluster-replica-validity-factor', 0],
      ])
      return { ...node, busPort }
    }),
  )
  const owners = nodes.slice(0, masters)
  for (const [at, node] of owners.entries()) {
    const [from, next] = [at, at + 1].map((n) => Math.floor((n * slotCount) / masters))
    await node.command('CLUSTER', 'ADDSLOTSRANGE', from!, next! - 1)
  }
  for (const [at, node] of nodes.entries()) await node.command('CLUSTER', 'SET-CONFIG-EPOCH', at + 1)
  // Every pair, for gossip would take seconds.
  for (const [at, node] of nodes.entries())
    for (const other of nodes.slice(at + 1))
      await node.command('CLUSTER', 'MEET', '127.0.0.1', other.port, other.busPort)
  const all = (what: (node: (typeof nodes)[number]) => Promise<unknown>) => Promise.all(nodes.map(what)).then(() => {})
  const untilOk = () => eventually(() => all(isOk))
  await untilOk()
  for (const [at, replica] of nodes.slice(masters).entries()) {
    const id = String(await owners[at % masters]!.command('CLUSTER', 'MYID'))
    await eventually(() => replica.command('CLUSTER', 'REPLICATE', id))
  }
  return {
    url: `redis+cluster://:${password}@${nodes.map(({ port }) => `127.0.0.1:${port}`).join()}`,
    ports: nodes.map(({ port }) => port),
    dataDirs: nodes.map(({ dataDir }) => dataDir),
    nodes,
    untilOk,
    stop: () => all((node) => node.stop()),
    kill: () => all((node) => node.kill()),
    pause: () => nodes.forEach((node) => node.pause()),
    resume: () => nodes.forEach((node) => node.resume()),
    async restart(args) {
      await all((node) => node.restart(args))
      await untilOk()
    },
  }
}

async function isOk(node: RedisNode): Promise<void> {
  const info = String(await node.command('CLUSTER', 'INFO'))
  if (!info.includes('cluster_state:ok')) throw new Error(`the Cluster is not ready:\n${info}`)
}
