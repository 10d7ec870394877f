import { batchByTurn } from '../timing/batch-by-turn.ts'
import type { RedisClient } from './client.ts'
import type { Reply } from './scripts.ts'

/** What the scripts that read a list begin with: the number of keys, the keys, the generation. */
export type Head = [keys: 3, list: string, versions: string, meta: string, generation: number]
type TopRequest = [head: Head, limit: number, known: string | null]

// A quiet one takes Redis about 3 us, one that changed some 30.
const listsPerCall = 100

/** The first rows of lists, unless nothing among them changed since a revision. */
export function createTops(redis: RedisClient) {
  const ask = async (asked: TopRequest[]): Promise<Reply[]> => {
    const keys = asked.flatMap(([[, list, versions, meta]]) => [list, versions, meta])
    const args = asked.flatMap(([[, , , , generation], limit, known]) => [generation, limit, known ?? ''])
    return redis.rpTop(keys.length, ...keys, ...args)
  }
  const alone = async (...asked: TopRequest): Promise<Reply> => (await ask([asked]))[0]!
  // A key of one list that fails the call fails only that list.
  const askEach = (some: TopRequest[]) =>
    ask(some).catch((): Promise<(Reply | Error)[]> =>
      Promise.all(some.map((one) => alone(...one).catch((error: unknown) => error as Error))),
    )
  const byTurn = batchByTurn(
    (boardNo: number) => boardNo,
    async (_, asked: TopRequest[]) => {
      const calls = Array.from({ length: Math.ceil(asked.length / listsPerCall) }, (__, at) =>
        askEach(asked.slice(at * listsPerCall, (at + 1) * listsPerCall)),
      )
      return (await Promise.all(calls)).flat()
    },
  )
  return {
    alone,
    /** Those of a leaderboard that are asked for in one turn share calls: its live rooms are, and mostly for nothing. */
    async byTurn(boardNo: number, asked: TopRequest): Promise<Reply> {
      const reply = await byTurn(boardNo, asked)
      if (reply instanceof Error) throw reply
      return reply
    },
  }
}
