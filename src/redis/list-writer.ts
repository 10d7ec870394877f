import type { RankedList, RankRow } from '../actions/ports/ranks.ts'
import type { AppliedGroup, ListState, ListWriter } from '../actions/ports/lists.ts'
import { maxLiveLimit, type Leaderboard } from '../ranking/leaderboard.ts'
import { sortKey } from '../ranking/order.ts'
import type { RedisClient } from './client.ts'
import { allStandingsKeys, standingsKeys, watermarkKey } from './keys.ts'
import { isListError, orLost } from './list-error.ts'
import type { Reply } from './scripts.ts'

const unlinkChunk = 500
const lostGroup: Reply = ['LOST', 0]

type Group = { list: RankedList; rows: RankRow[] }

/** The lists' writing side: one script call each, unless a list of several turns out to be broken. */
export function createListWriter(redis: RedisClient): ListWriter {
  const apply = async (groups: Group[], ranks: boolean): Promise<Reply[]> => {
    const board = groups[0]!.list.board
    const keys = groups.flatMap(({ list }) => allKeys(list))
    // Of the largest list, whatever this node takes for its length: another one may show more rows already.
    const args: (string | number)[] = [board.rankStyle, board.ties, maxLiveLimit, ranks ? 1 : 0]
    for (const { list, rows } of groups) {
      args.push(list.standings.generation, rows.map((row) => rowText(board, row)).join(' '))
    }
    const answer = redis.rpApply(keys.length, ...keys, ...args)
    if (groups.length === 1) return orLost(redis, groups[0]!.list, answer, () => [lostGroup])
    try {
      return await answer
    } catch (error) {
      if (!isListError(error)) throw error
      // One of them is broken. What was applied before it is applied once more, which changes nothing.
      return (await Promise.all(groups.map((group) => apply([group], ranks)))).flat()
    }
  }

  return {
    async write(groups, ranks) {
      const replies = await apply(groups, ranks)
      return replies.map((reply, index) => appliedGroup(reply, groups[index]!.rows.length))
    },

    async lagging(list, versions) {
      const keys = allKeys(list)
      const answer = redis.rpCompare(keys.length, ...keys, list.standings.generation, versions)
      const [state, ...players] = await orLost(redis, list, answer, () => ['LOST'])
      return state === 'LOST' ? null : players
    },

    watermark: (no) =>
      redis.get(watermarkKey(no)).catch((error: unknown) => {
        if (isListError(error)) return notText
        throw error
      }),

    async startWatermark(no, standingsIds, at) {
      const metas = standingsIds.map((id) => standingsKeys(no, id).meta)
      for (let from = 0; from === 0 || from < metas.length; from += unlinkChunk) {
        const keys = [watermarkKey(no), ...metas.slice(from, from + unlinkChunk)]
        const last = from + unlinkChunk >= metas.length
        if ((await redis.rpStart(keys.length, ...keys, last ? at : '')) === 0) return
      }
    },

    async advanceWatermark(no, from, to) {
      return (await redis.rpAdvance(1, watermarkKey(no), from, to)) === 1
    },

    dropLists: (no, standingsIds) => unlink(redis, listKeys(no, standingsIds)),

    async drop(no, standingsIds) {
      await unlink(redis, [...listKeys(no, standingsIds), watermarkKey(no)])
    },
  }
}

// A watermark that says nothing.
const notText = ''

// Player ids have no spaces.
function rowText(board: Leaderboard, { playerId, score, version, tie, hidden }: RankRow): string {
  return `${playerId} ${sortKey(board, score)} ${version} ${tie} ${hidden ? 1 : 0}`
}

function allKeys({ board, standings }: RankedList): string[] {
  return allStandingsKeys(board.no, standings.id)
}

function listKeys(no: number, standingsIds: number[]): string[] {
  return standingsIds.flatMap((id) => allStandingsKeys(no, id))
}

function appliedGroup(reply: Reply, count: number): AppliedGroup {
  const ranks = Array.from({ length: count }, (_, row) => ({
    before: Number(reply[2 + row * 2] ?? 0) || null,
    after: Number(reply[3 + row * 2] ?? 0) || null,
  }))
  return { state: reply[0] as ListState, total: Number(reply[1]), ranks }
}

async function unlink(redis: RedisClient, keys: string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += unlinkChunk) await redis.unlink(keys.slice(at, at + unlinkChunk))
}
