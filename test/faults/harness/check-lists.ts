import { sortKey, tieKey } from '../../../src/ranking/order.ts'
import type { Sql } from '../../../src/postgres/client.ts'
import { standingsKeys } from '../../../src/redis/keys.ts'
import type { FaultBoard } from './boards.ts'
import type { Entry, NaiveBoard } from './fold.ts'
import type { Admin } from './redis-data.ts'

export interface ListOf {
  selector: string
  standingsId: number
  leaderboardNo: number
}

/** The standings of a leaderboard, as Postgres has them. */
export async function listsOf(sql: Sql, board: FaultBoard): Promise<ListOf[]> {
  const rows = await sql<{ id: number; no: number; type: string; key: string }[]>`
    select s.id, l.no, s.type, s.key from standings s join leaderboards l on l.no = s.leaderboard_no
    where l.id = ${board.id} order by s.id`
  return rows.map(({ id, no, type, key }) => ({
    selector: key === '' ? type : `${type}:${key}`,
    standingsId: id,
    leaderboardNo: no,
  }))
}

/** Compares the entries of a standings in Postgres with the naive count. */
export async function checkEntries(sql: Sql, naive: NaiveBoard, list: ListOf): Promise<string[]> {
  const rows = await sql<{ id: string; score: number; version: number; tie: number; hidden: boolean }[]>`
    select player_id as id, score, version, tie, hidden from leaderboard_entries
    where standings_id = ${list.standingsId}`
  const text = (score: number, version: number, tie: number) => `${score} version ${version} tie ${tie}`
  const found = new Map(
    rows.map((row) => [row.id, text(row.score, row.version, row.tie) + (row.hidden ? ' hidden' : '')]),
  )
  const wanted = new Map(entriesOf(naive, list).map((one) => [one.playerId, text(one.score, one.reached, one.reached)]))
  return differences('the entry', found, wanted)
}

/** Compares a list in Redis, members, sort keys, versions and count, with the naive count. */
export async function checkList(redis: Admin, board: FaultBoard, naive: NaiveBoard, list: ListOf): Promise<string[]> {
  const keys = standingsKeys(list.leaderboardNo, list.standingsId)
  const entries = entriesOf(naive, list)
  const [flat, versions, count] = await Promise.all([
    redis.zrange(keys.list, '0', '-1', 'WITHSCORES'),
    redis.hgetall(keys.versions),
    redis.hget(keys.meta, 'n'),
  ])
  const members = new Map<string, string>()
  for (let at = 0; at + 1 < flat.length; at += 2) members.set(flat[at]!, String(Number(flat[at + 1])))
  return [
    ...differences(
      'the member',
      members,
      new Map(
        entries.map((one) => [tieKey(board.ties, one.reached) + one.playerId, String(sortKey(board, one.score))]),
      ),
    ),
    ...differences(
      'the version of',
      new Map(Object.entries(versions)),
      new Map(entries.map((one) => [one.playerId, String(one.reached)])),
    ),
    ...(Number(count) === entries.length ? [] : [`the count is ${count}, right is ${entries.length}`]),
  ]
}

function entriesOf(naive: NaiveBoard, list: ListOf): Entry[] {
  return [...(naive.standings.get(list.selector)?.values() ?? [])]
}

function differences(what: string, found: Map<string, string>, wanted: Map<string, string>): string[] {
  const names = new Set([...found.keys(), ...wanted.keys()])
  return [...names]
    .filter((name) => found.get(name) !== wanted.get(name))
    .map((name) => `${what} ${name} is ${found.get(name) ?? 'not there'}, right is ${wanted.get(name) ?? 'none'}`)
}
