import { setTimeout as sleep } from 'node:timers/promises'
import { askOnce } from './admin-requests.ts'
import type { Fault } from './faults.ts'
import { pick, type Random } from './random.ts'
import type { Cluster } from './cluster.ts'
import type { Session } from './session.ts'

export type RequestFault = Extract<
  Fault,
  { kind: 'rebuild' | 'audit' | 'recreate' | 'close session' | 'remove person' }
>

export function isRequest(fault: Fault): fault is RequestFault {
  return ['rebuild', 'audit', 'recreate', 'close session', 'remove person'].includes(fault.kind)
}

/** Asks a server for something that must go well whatever else is broken, or be refused. Answers why it was left out. */
export async function requestFault(into: InjectInto, fault: RequestFault): Promise<string | null> {
  const { cluster, session } = into
  const { nodes } = cluster
  const first = (number: number) => [nodes[number]!, ...nodes.filter((node) => node.number !== number)]
  if (fault.kind === 'recreate') return session.recreated.recreate(nodes[fault.server]!, nodes[fault.by]!, fault.gapMs)
  if (fault.kind === 'close session') return session.guests.closeSession(first(fault.server))
  return fault.kind === 'remove person' ? removePerson(into, fault) : repair(into, fault)
}

async function repair(
  { cluster, session, random }: InjectInto,
  fault: Extract<Fault, { kind: 'rebuild' | 'audit' }>,
): Promise<string | null> {
  const boards = [...session.boards, session.guests.board]
  const body = fault.all ? {} : { leaderboard: pick(random, boards).id }
  const path = fault.kind === 'rebuild' ? '/v1/admin/rebuild' : '/v1/admin/reconcile'
  const reply = await askOnce(session.http, cluster.nodes[fault.server]!, 'POST', path, body)
  if (reply === null || reply.status === 200) return null
  const { code, retryable } = (reply.body ?? {}) as { code?: string; retryable?: boolean }
  // The leaderboard that is deleted and made again may go while all are looked at.
  if (!retryable && reply.status !== 404)
    session.history.violation(`${path} through server ${fault.server}: ${reply.status} ${code}`)
  return `${fault.kind} refused: ${code}`
}

/**
 * The server's application of a score is held up on the network; the player is banned or erased through another server;
 * all lists may be lost meanwhile; then what was held arrives.
 */
async function removePerson(
  { cluster, session }: InjectInto,
  fault: Extract<Fault, { kind: 'remove person' }>,
): Promise<string | null> {
  const { nodes, redis } = cluster
  const node = nodes[fault.server]!
  const playerId = await session.guests.take()
  if (playerId === null) return 'nobody could be taken'
  const proxy = node.proxies.redis
  proxy.holdRequest(playerId)
  try {
    // Without a receipt it may still be on its way to Postgres, and rightly come later than the removal.
    if (!(await session.guests.submitThrough(playerId, node))) return `${playerId} got no receipt`
    const others = [nodes[fault.by]!, ...nodes.filter((one) => one !== node && one.number !== fault.by)]
    if (!(await session.guests.remove(playerId, fault.how, others))) return `nobody would ${fault.how} ${playerId}`
    session.history.fault(`${playerId} is gone (${fault.how})`)
    if (fault.flush) await redis.flushall()
    await sleep(fault.ms)
    return null
  } finally {
    proxy.heal()
  }
}

export interface InjectInto {
  cluster: Cluster
  session: Session
  random: Random
}
