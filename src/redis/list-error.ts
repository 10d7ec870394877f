import type { RankedList } from '../actions/ports/ranks.ts'
import { listsBroken } from '../metrics.ts'
import type { RedisClient } from './client.ts'
import { allStandingsKeys } from './keys.ts'

// A key of another type than ours, a field that is no number, or a script that stumbled over what it read. Anything else
// (LOADING, READONLY, OOM, MISCONF, BUSY, CLUSTERDOWN, NOAUTH, NOPERM, no answer) is said of the server.
const saysList = /^(WRONGTYPE |ERR (user_script:\d+: |hash value is not |value is not ))/

/** Whether Redis answered that it cannot work with the keys of the list that it was asked about; they hold nothing of ours. */
export function isListError(error: unknown): boolean {
  return error instanceof Error && saysList.test(error.message)
}

/**
 * Returns `lost` where Redis cannot work with the keys of a list, after it has deleted all of them: the list is LOST from now
 * on for every caller and every generation, and is restored like any lost list. Other lists are not touched.
 */
export function orLost<T>(
  redis: RedisClient,
  list: RankedList,
  answer: Promise<T>,
  lost: () => T | Promise<T>,
): Promise<T> {
  return answer.catch(async (error: unknown) => {
    if (!isListError(error)) throw error
    await redis.unlink(allStandingsKeys(list.board.no, list.standings.id))
    listsBroken.inc()
    return lost()
  })
}
