import { liveKeys, standingsKeys, watermarkKey } from '../../../src/redis/keys.ts'
import type { ListOf } from './check-lists.ts'
import type { Fault } from './faults.ts'
import type { Admin } from './redis-data.ts'

/** Makes one of a list's keys a string, as a foreign program or a mistaken command does. */
export async function poison(
  redis: Admin,
  { leaderboardNo, standingsId, selector }: ListOf,
  key: Extract<Fault, { kind: 'poison' }>['key'],
): Promise<void> {
  const keys = {
    ...standingsKeys(leaderboardNo, standingsId),
    watermark: watermarkKey(leaderboardNo),
    view: liveKeys(leaderboardNo, selector).view,
  }
  // The watermark is a string as it is.
  if (key === 'watermark') await redis.multi().del(keys.watermark).rpush(keys.watermark, 'poison').exec()
  else await redis.set(keys[key], 'poison')
}
