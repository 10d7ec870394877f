import type { RankedList } from '../actions/ports/ranks.ts'
import type { StoredMember, ListAuditor, ListState, StoredEntry } from '../actions/ports/lists.ts'
import { sortKey, tieKey, tieWidth } from '../ranking/order.ts'
import type { RedisClient } from './client.ts'
import { standingsKeys } from './keys.ts'
import { orLost } from './list-error.ts'
import type { Reply } from './scripts.ts'

/** Reads lists entry by entry and fixes wrong entries. */
export function createListAuditor(redis: RedisClient): ListAuditor {
  const keysOf = ({ board, standings }: RankedList) => {
    const { list, versions, meta, tombstones } = standingsKeys(board.no, standings.id)
    return [list, versions, meta, tombstones] as const
  }

  return {
    async inspect(list, playerIds) {
      const ask = () => redis.rpInspect(4, ...keysOf(list), list.standings.generation, list.board.ties, ...playerIds)
      const reply = await orLost(redis, list, ask(), ask)
      const held = playerIds.map((_, index): StoredMember => {
        const [stored, key, buried] = reply.slice(1 + index * 3, 4 + index * 3)
        return { stored: stored!, key: key!, buried: buried! }
      })
      return { state: reply[0] as ListState, held }
    },

    matches(list, { stored, key }, [, score, version, tie]) {
      return stored === storedVersion(version, tie) && key !== '' && Number(key) === sortKey(list.board, score)
    },

    versionOf: ({ stored }) => (stored === '' ? -1 : Number.parseInt(stored, 10)),

    async *scan(list, size) {
      const [key, versions] = keysOf(list)
      const { ties } = list.board
      const width = tieWidth(ties)
      let cursor = '0'
      do {
        const [next, ...pairs] = await orLost(redis, list, redis.rpScan(2, key, versions, ties, cursor, size), () => [
          '0',
        ])
        const playerIds = new Set<string>()
        const strays: string[] = []
        for (let at = 0; at < pairs.length; at += 2) {
          const [member, stored] = [pairs[at]!, pairs[at + 1]!]
          playerIds.add(member.slice(width))
          if (stored === '' || member.slice(0, width) !== tieOf(ties, stored)) strays.push(member)
        }
        yield { playerIds: [...playerIds], strays }
        cursor = next!
      } while (cursor !== '0')
    },

    async mend(list, rows) {
      const args = rows.flatMap(({ playerId, held, row }) => [
        playerId,
        held.stored,
        held.key,
        held.buried,
        ...wanted(list, row),
      ])
      const answer = redis.rpMend(4, ...keysOf(list), list.standings.generation, list.board.ties, ...args)
      const [state, ...mended] = await orLost<Reply>(redis, list, answer, () => ['LOST'])
      return rows.map((_, index) => state === 'WHOLE' && mended[index] === 1)
    },
  }
}

function wanted(list: RankedList, row: StoredEntry | null): (string | number)[] {
  if (row === null) return ['', '', '']
  const [, score, version, tie] = row
  return [sortKey(list.board, score), version, tie]
}

function storedVersion(version: number, tie: number): string {
  return version === tie ? String(version) : `${version}:${tie}`
}

/** The tie key that a stored `version` or `version:tie` asks for; null when the text is not a valid one. */
function tieOf(ties: RankedList['board']['ties'], stored: string): string | null {
  const tie = Number(stored.slice(stored.indexOf(':') + 1))
  return Number.isInteger(tie) && tie >= 0 && tie < 2 ** 48 ? tieKey(ties, tie) : null
}
