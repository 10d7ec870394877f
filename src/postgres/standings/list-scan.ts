import type { RankedList, RankedEntry } from '../../actions/ports/ranks.ts'
import { countCells, type Cell, type Counts } from '../../ranking/cells.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import { scoreOfKey, tieOrder } from '../../ranking/order.ts'
import type { Tagged } from '../connection/client.ts'

// Reads of a list that no index sorts. Each passes once over its entries and sorts few of them; what makes up one answer is
// read in one snapshot.

/** A visible entry; `member` orders entries with the same key bytewise. */
export interface Keyed {
  playerId: string
  key: number
  tie: number
  member: string
}

// A bound that leaves some thousand rows to sort: so many rows of a hundredth of the pages lie within it.
const samplePercent = 1
const sampleRows = (count: number) => 20 + Math.ceil(count / 10)

/** What entries are ordered by before their player ids: lower is ahead, as in Redis. */
export function columnsOf({ order, ties }: Pick<Leaderboard, 'order' | 'ties'>): { key: string; tie: string } {
  const tie = { 0: '0::int8', 1: 'tie', [-1]: `(${2 ** 48 - 1} - tie)` }
  return { key: order === 'desc' ? '(-score)' : 'score', tie: tie[tieOrder(ties)] }
}
const memberOf = ({ board }: RankedList) => `(lpad(to_hex(${columnsOf(board).tie}), 12, '0') || player_id) collate "C"`
const visible = (tx: Tagged, { standings }: RankedList) => tx`standings_id = ${standings.id} and not hidden`

/** Those of the players that are in the list. */
export async function readKeys(tx: Tagged, list: RankedList, playerIds: string[]): Promise<Keyed[]> {
  const { key, tie } = columnsOf(list.board)
  return tx<Keyed[]>`
    select player_id as "playerId", ${tx.unsafe(key)} as key, ${tx.unsafe(tie)} as tie, ${tx.unsafe(memberOf(list))} as member
    from leaderboard_entries where ${visible(tx, list)} and player_id = any(${playerIds}::text[])`
}

/** How the list lies around any number of sort keys and members. */
export async function countAround(
  tx: Tagged,
  list: RankedList,
  asked: number[],
  askedMembers: string[],
): Promise<Counts> {
  const key = tx.unsafe(columnsOf(list.board).key)
  const keys = [...new Set(asked)].sort((a, b) => a - b)
  // Player ids are ASCII: in this order they are sorted bytewise.
  const members = [...new Set(askedMembers)].sort()
  // There are few groups, whatever the statistics of the column make of them.
  await tx`select set_config('enable_sort', 'off', true)`
  const cells = await tx<Cell[]>`
    select width_bucket(${key}, ${keys}::int8[]) as cell,
      case when ${key} = any(${keys}::int8[]) then width_bucket(${tx.unsafe(memberOf(list))}, ${members}::text[]) end as among,
      count(*) as n
    from leaderboard_entries where ${visible(tx, list)} group by 1, 2`
  await tx`select set_config('enable_sort', 'on', true)`
  return countCells(keys, members, cells)
}

/** How many entries there are, how many with a better key, and how many before an entry. */
export async function countBefore(tx: Tagged, list: RankedList, self: Keyed) {
  const { key } = columnsOf(list.board)
  const [row] = await tx<{ total: number; ahead: number; before: number }[]>`
    select count(*) as total, count(*) filter (where ${tx.unsafe(key)} < ${self.key}) as ahead,
      count(*) filter (where ${isBefore(tx, list, self, '<')}) as before
    from leaderboard_entries where ${visible(tx, list)}`
  return row!
}

export async function countAll(tx: Tagged, list: RankedList): Promise<number> {
  const [row] = await tx<{ n: number }[]>`select count(*) as n from leaderboard_entries where ${visible(tx, list)}`
  return row!.n
}

function isBefore(tx: Tagged, list: RankedList, { key, tie, playerId }: Keyed, sign: '<' | '>') {
  const columns = columnsOf(list.board)
  return tx`(${tx.unsafe(`${columns.key}, ${columns.tie}, player_id`)}) ${tx.unsafe(sign)} (${key}, ${tie}, ${playerId})`
}

export interface From {
  /** Where to begin; null: at the first entry. */
  self: Keyed | null
  /** Which side of it. The rows are in order either way. */
  side: 'ahead' | 'behind'
  skip?: number
}

/**
 * The `count` entries next to one, of which there must be as many. Rows are copied before they are compared, so most are
 * kept from it by a bound from a sample; where that was too narrow, there is no bound.
 */
export async function readNext(
  tx: Tagged,
  list: RankedList,
  from: From,
  count: number,
): Promise<Omit<RankedEntry, 'rank'>[]> {
  if (count === 0) return []
  const { self, side, skip = 0 } = from
  const { key, tie } = columnsOf(list.board)
  const [onward, direction] = side === 'ahead' ? (['<', 'desc'] as const) : (['>', 'asc'] as const)
  const inner = tx.unsafe(side === 'ahead' ? '>=' : '<=')
  const farthest = (side === 'ahead' ? -1 : 1) * Number.MAX_SAFE_INTEGER
  const within = tx`
    and ${tx.unsafe(key)} ${inner} coalesce((
      select ${tx.unsafe(key)} from leaderboard_entries tablesample system (${tx.unsafe(String(samplePercent))})
      where ${visible(tx, list)} ${self === null ? tx`` : tx`and ${tx.unsafe(`${key} ${onward}`)} ${self.key}`}
      order by ${tx.unsafe(`${key} ${direction}`)} limit 1 offset ${sampleRows(skip + count)}
    ), ${farthest})`
  const read = (bound: boolean) => tx<{ playerId: string; key: number }[]>`
    select player_id as "playerId", ${tx.unsafe(key)} as key from leaderboard_entries
    where ${visible(tx, list)} ${self === null ? tx`` : tx`and ${isBefore(tx, list, self, onward)}`} ${bound ? within : tx``}
    order by ${tx.unsafe(`${key} ${direction}, ${tie} ${direction}, player_id ${direction}`)}
    limit ${count} offset ${skip}`
  let rows = await read(true)
  if (rows.length < count) rows = await read(false)
  const entries = rows.map((row) => ({ playerId: row.playerId, score: scoreOfKey(list.board, row.key) }))
  return side === 'ahead' ? entries.toReversed() : entries
}
