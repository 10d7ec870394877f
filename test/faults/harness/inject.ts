import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultBoard } from './boards.ts'
import { listsOf } from './check-lists.ts'
import type { Cluster } from './cluster.ts'
import { corrupt } from './corrupt.ts'
import { pick, type Random } from './random.ts'
import type { Fault } from './schedule.ts'

const dropProbability = 0.05
const dropEveryCommit = 20
const lostMembers = 10

/** Does one fault, and undoes it when its time is over. */
export async function inject(
  cluster: Cluster,
  boards: readonly FaultBoard[],
  random: Random,
  fault: Fault,
): Promise<void> {
  if ('of' in fault) return breakNetwork(cluster, random, fault)
  if ('server' in fault) return breakServer(cluster, fault)
  switch (fault.kind) {
    case 'kill redis':
      return cluster.killRedis(fault.data, fault.ms)
    case 'kill postgres':
      return cluster.killPostgres(fault.ms)
    case 'pause redis': {
      const { pid } = cluster.services.redis
      process.kill(pid, 'SIGSTOP')
      await sleep(fault.ms)
      process.kill(pid, 'SIGCONT')
      return
    }
    case 'copy redis':
      return cluster.copyRedis()
    case 'flushall':
      return void (await cluster.redis.flushall())
    case 'script flush':
      return void (await cluster.redis.script('FLUSH'))
    case 'lose members': {
      const lists = await listsOf(cluster.sql, pick(random, boards))
      await corrupt(cluster.redis, pick(random, lists), { delete: lostMembers, silent: false, random })
    }
  }
}

async function breakServer({ nodes }: Cluster, fault: Extract<Fault, { server: number }>): Promise<void> {
  const node = nodes[fault.server]!
  if (fault.kind === 'pause server') {
    node.pause()
    await sleep(fault.ms)
    return node.resume()
  }
  if (fault.kind === 'kill server') await node.kill()
  else await node.terminate()
  // Without Postgres it waits half a minute and gives up: the healing starts it then.
  await node.start().catch(() => {})
}

async function breakNetwork({ nodes }: Cluster, random: Random, fault: Extract<Fault, { of: unknown }>): Promise<void> {
  const proxy = nodes[fault.server]!.proxies[fault.of]
  switch (fault.kind) {
    case 'blackhole':
      proxy.blackhole(fault.how)
      await sleep(fault.ms)
      return proxy.heal()
    case 'delay':
      for (const direction of ['up', 'down'] as const) proxy.delay(direction, fault.byMs / 2)
      await sleep(fault.ms)
      for (const direction of ['up', 'down'] as const) proxy.delay(direction, 0)
      return
    case 'reset':
      return proxy.resetAll()
    case 'half-close':
      for (const one of proxy.connections) one.halfClose(random() < 0.5 ? 'up' : 'down')
      return
    case 'drop replies':
      if (fault.of === 'redis') proxy.dropReplies({ of: 'redis', probability: dropProbability, random })
      else proxy.dropReplies({ of: 'postgres', every: dropEveryCommit, random })
      await sleep(fault.ms)
      return proxy.dropReplies(null)
  }
}
