import { standingsKeys } from '../../../src/redis/keys.ts'
import type { ListOf } from './check-lists.ts'
import { integer, pick, type Random } from './random.ts'
import type { Admin } from './redis-data.ts'

export interface Corruption {
  /** How many of each: scores that change, members that go with their versions, members that nobody has a score for. */
  change?: number
  delete?: number
  add?: number
  /** Keeps the stored count in step, so that only an audit can notice; else the next call says LOST. */
  silent: boolean
  random: Random
}

/** Puts a list in Redis wrong behind the servers' backs. Returns the players it touched, each once. */
export async function corrupt(
  redis: Admin,
  list: ListOf,
  { change = 0, delete: remove = 0, add = 0, silent, random }: Corruption,
): Promise<{ changed: string[]; deleted: string[]; added: string[] }> {
  const keys = standingsKeys(list.leaderboardNo, list.standingsId)
  const all = await redis.zrange(keys.list, '0', '-1')
  const chosen = new Set<string>()
  while (chosen.size < Math.min(change + remove, all.length)) chosen.add(pick(random, all))
  const [changing, removing] = [[...chosen].slice(0, change), [...chosen].slice(change)]
  const players = Object.keys(await redis.hgetall(keys.versions)).toSorted((a, b) => b.length - a.length)
  // The longest id that the member ends with: what is before it orders ties.
  const playerOf = (member: string) => players.find((player) => member.endsWith(player)) ?? member
  const foreign = Array.from({ length: add }, (_, at) => `${'-'.repeat(8)}foreign${at}`)

  const batch = redis.multi()
  for (const member of changing) batch.zincrby(keys.list, integer(random, 1, 1000), member)
  if (removing.length > 0) batch.zrem(keys.list, ...removing)
  if (removing.length > 0) batch.hdel(keys.versions, ...removing.map(playerOf))
  for (const member of foreign) batch.zadd(keys.list, integer(random, -1_000_000, 1_000_000), member)
  for (const member of foreign) batch.hset(keys.versions, member.slice(8), '1')
  if (silent) batch.hincrby(keys.meta, 'n', foreign.length - removing.length)
  await batch.exec()
  const added = foreign.map((member) => member.slice(8))
  return { changed: changing.map(playerOf), deleted: removing.map(playerOf), added }
}
