import type { Begun, ListBuilder, Loaded, StoredEntry } from '../actions/ports/lists.ts'
import type { RankedList } from '../actions/ports/ranks.ts'
import { sortKey, tieKey } from '../ranking/order.ts'
import type { RedisClient } from './client.ts'
import { orLost } from './list-error.ts'
import { allStandingsKeys, standingsKeys } from './keys.ts'

const builderGoneMs = 5000

/** Builds lists in staged keys, which take the place of the served ones in one script. */
export function createListBuilder(redis: RedisClient): ListBuilder {
  const step = (
    name: 'begin' | 'alive' | 'leave',
    lists: RankedList[],
    token: string,
    args: (string | number)[] = [],
  ) => {
    const keys = lists.flatMap(keysOf)
    return redis.rpRebuild(keys.length, ...keys, name, token, builderGoneMs, ...args)
  }

  return {
    async begin(lists, token, what, held) {
      const args = [what, held, ...lists.map((list) => list.standings.generation)]
      const reply = await step('begin', lists, token, args)
      return lists.map((_, at) => ({
        state: reply[at * 4] as Begun['state'],
        generation: Number(reply[at * 4 + 1]),
        after: reply[at * 4 + 2]!,
        served: reply[at * 4 + 3] === '1',
      }))
    },

    async load(loads, token) {
      const keys = loads.flatMap(({ list }) => keysOf(list))
      const args = loads.flatMap(({ list, call, rows, last, finish }) => [
        call,
        last ?? '',
        finish ?? '',
        JSON.stringify(rows.flatMap((row) => fieldsOf(list, row))),
      ])
      return (await redis.rpLoad(keys.length, ...keys, token, loads[0]!.list.board.ties, ...args)) as Loaded[]
    },

    async alive(lists, token) {
      await step('alive', lists, token)
    },

    members(list) {
      const members = redis.hget(standingsKeys(list.board.no, list.standings.id).meta, 'n')
      return orLost(redis, list, members.then(Number), () => 0)
    },

    async leave(lists, token) {
      await step('leave', lists, token)
    },
  }
}

function keysOf({ board, standings }: RankedList): string[] {
  return allStandingsKeys(board.no, standings.id)
}

function fieldsOf({ board }: RankedList, [playerId, score, version, tie]: StoredEntry): string[] {
  return [
    tieKey(board.ties, tie) + playerId,
    String(sortKey(board, score)),
    version === tie ? String(version) : `${version}:${tie}`,
  ]
}
