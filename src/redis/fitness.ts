import { mastersOf, type RedisClient } from './open.ts'

/**
 * Why a server that says this of itself (INFO) must not hold ranks, or null. A board is one key: evicting it loses it. Keys
 * that expire are no caches either: what tells that a player left keeps late writes from bringing it back.
 */
export function unfitFor(info: string): string | null {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const policy = field('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction')
    return `maxmemory-policy is ${policy}, which may evict ${evictedBy(policy)}; set it to noeviction`
  const version = field('redis_version')
  if (version && Number(version.split('.')[0]) < 7) return `Redis ${version} is too old; 7.0 or newer is needed`
  return null
}

/** What such a policy takes when memory runs short. */
export function evictedBy(policy: string): string {
  return policy.startsWith('allkeys-') ? 'whole leaderboards' : 'what keeps erased and banned players out of the lists'
}

/** Why Redis must not hold ranks, or null; in a Cluster every master is asked. Rejects when one does not answer. */
export async function whyUnfit(redis: RedisClient): Promise<string | null> {
  const masters = mastersOf(redis)
  const infos = await Promise.all(masters.map((master) => master.info().catch(withoutPermission)))
  for (const [at, info] of infos.entries()) {
    const why = unfitFor(info)
    const { host, port } = masters[at]!.options
    if (why !== null) return masters.length > 1 ? `${why} (${host}:${port})` : why
  }
  return null
}

// Where INFO is forbidden, nothing can be said against the server.
function withoutPermission(error: unknown): string {
  if (error instanceof Error && error.message.startsWith('NOPERM')) return ''
  throw error
}
