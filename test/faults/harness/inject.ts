import { setTimeout as sleep } from 'node:timers/promises'
import { listsOf } from './check-lists.ts'
import type { Cluster } from './cluster.ts'
import { corrupt } from './corrupt.ts'
import type { Fault } from './faults.ts'
import { isRequest, requestFault, type InjectInto } from './inject-requests.ts'
import { holdTransaction } from './open-transaction.ts'
import { poison } from './poison.ts'
import { pick } from './random.ts'

const dropProbability = 0.05
const dropEveryCommit = 20
const lostMembers = 10

// Longer than the server waits for a command, and less than until its health says so.
const stall = { forMs: 1300, everyMs: 3000 }

/** Does one fault, and undoes it when its time is over. Answers why something was left out, or null. */
export async function inject(into: InjectInto, fault: Fault): Promise<string | null> {
  if (isRequest(fault)) return requestFault(into, fault)
  if ('of' in fault) await breakNetwork(into, fault)
  else if ('server' in fault) await breakServer(into.cluster, fault)
  else await breakService(into, fault)
  return null
}

type NetworkFault = Extract<Fault, { of: unknown }>

type ServerFault = Extract<Fault, { kind: 'kill server' | 'stop server' | 'pause server' | 'clock' }>

type ServiceFault = Exclude<Fault, { server: number }>

async function breakService({ cluster, session, random }: InjectInto, fault: ServiceFault): Promise<void> {
  const { redis, services, sql } = cluster
  switch (fault.kind) {
    case 'kill redis':
      return cluster.killRedis(fault.data, fault.ms)
    case 'kill postgres':
      return cluster.killPostgres(fault.ms)
    case 'pause redis': {
      const { pid } = services.redis
      process.kill(pid, 'SIGSTOP')
      await sleep(fault.ms)
      process.kill(pid, 'SIGCONT')
      return
    }
    case 'copy redis':
      return cluster.copyRedis()
    case 'flushall':
      return void (await redis.flushall())
    case 'script flush':
      return void (await redis.script('FLUSH'))
    case 'lose members': {
      const lists = await listsOf(sql, pick(random, session.boards))
      await corrupt(redis, pick(random, lists), { delete: lostMembers, silent: false, random })
      return
    }
    case 'stalls': {
      if (fault.flush) await redis.flushall()
      for (const until = performance.now() + fault.ms; performance.now() < until; await sleep(stall.everyMs))
        await redis.call('CLIENT', 'PAUSE', String(stall.forMs), 'ALL')
      return
    }
    case 'poison': {
      const boards = [...session.boards, session.guests.board, session.recreated.board()]
      const lists = await listsOf(sql, pick(random, boards))
      if (lists.length === 0) return // it is being made again
      const list = pick(random, lists)
      session.history.fault(
        `the ${fault.key} key of leaderboard ${list.leaderboardNo}, ${list.selector}, is a wrong type`,
      )
      return poison(redis, list, fault.key)
    }
    case 'open transaction':
      return holdTransaction(services.postgres.url, fault.where === 'another', fault.ms)
  }
}

async function breakServer({ nodes }: Cluster, fault: ServerFault): Promise<void> {
  const node = nodes[fault.server]!
  switch (fault.kind) {
    case 'pause server':
      node.pause()
      await sleep(fault.ms)
      return node.resume()
    case 'clock':
      node.setClock(fault.byMs)
      await sleep(fault.ms)
      return node.setClock(0)
    case 'kill server':
    case 'stop server':
      if (fault.kind === 'kill server') await node.kill()
      else await node.terminate()
      // Without Postgres it waits half a minute and gives up: the healing starts it then.
      await node.start().catch(() => {})
  }
}

async function breakNetwork({ cluster, random }: InjectInto, fault: NetworkFault): Promise<void> {
  const proxy = cluster.nodes[fault.server]!.proxies[fault.of]
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
