import type { BuildOf, ListBuilder } from '../actions/repair-ports.ts'
import type { Board } from '../actions/ports.ts'
import { sortKey, tieKey } from '../ranking/order.ts'
import type { RedisClient } from './client.ts'
import { allStandingsKeys, standingsKeys } from './keys.ts'

const builderGoneMs = 5000

/** Builds lists in staged keys, which take the place of the served ones in one script. */
export function createListBuilder(redis: RedisClient): ListBuilder {
  const step = (name: 'begin' | 'finish' | 'abandon', { board, standings }: Board, token: string, arg: string) => {
    const keys = allStandingsKeys(board.no, standings.id)
    return redis.rpRebuild(keys.length, ...keys, name, standings.generation, token, builderGoneMs, arg)
  }

  return {
    async begin(of, token, what: BuildOf) {
      const begun = await step('begin', of, token, what)
      if (begun === 'LOST') throw new Error('rebuild.lua: begin answers no LOST')
      return begun
    },

    async load(of, token, rows) {
      const { meta, tombstones, stagedList, stagedVersions } = standingsKeys(of.board.no, of.standings.id)
      const fields: string[] = []
      for (const [playerId, score, version, tie] of rows)
        fields.push(
          tieKey(of.board.ties, tie) + playerId,
          String(sortKey(of.board, score)),
          version === tie ? String(version) : `${version}:${tie}`,
        )
      const args = [token, of.board.ties, JSON.stringify(fields)]
      return (await redis.rpLoad(4, meta, tombstones, stagedList, stagedVersions, ...args)) === 1
    },

    async finish(of, token, generation) {
      return (await step('finish', of, token, String(generation))) === 'WHOLE'
    },

    async abandon(of, token) {
      await step('abandon', of, token, '')
    },
  }
}
