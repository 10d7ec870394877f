import { sortKey, tieKey } from '../../../src/ranking/order.ts'
import type { Sql } from '../../../src/postgres/connection/client.ts'
import { standingsKeys } from '../../../src/redis/keys.ts'
import type { FaultBoard } from './boards.ts'
import type { Entry, NaiveBoard } from './fold.ts'
import type { Admin } from './redis-data.ts'
import type { Found } from './check-reads.ts'

export interface ListOf {
  selector: string
  standingsId: number
  leaderboardNo: number
  /** Its final ranks are in Postgres, and no list has to be in Redis. */
  sealed: boolean
  /** Its period begins later: only a wrong clock can have made it. */
  begun: boolean
}

/** The standings of a leaderboard, as Postgres has them. */
export async function listsOf(sql: Sql, board: Pick<FaultBoard, 'id'>): Promise<ListOf[]> {
  const rows = await sql<{ id: number; no: number; type: string; key: string; status: string; begun: boolean }[]>`
    select s.id, l.no, s.type, s.key, s.status,
      s.type = 'SESSION' or s.starts_at is null or s.starts_at <= clock_timestamp() as begun
    from standings s join leaderboards l on l.no = s.leaderboard_no
    where l.id = ${board.id} and l.deleted_at is null order by s.id`
  return rows.map(({ id, no, type, key, status, begun }) => ({
    selector: key === '' ? type : `${type}:${key}`,
    standingsId: id,
    leaderboardNo: no,
    sealed: status === 'SEALED',
    begun,
  }))
}

/** Compares the entries of a standings list in Postgres with the naive count. */
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
  const inRedis = await Promise.all([
    redis.zrange(keys.list, '0', '-1', 'WITHSCORES'),
    redis.hgetall(keys.versions),
    redis.hget(keys.meta, 'n'),
  ]).catch((error: unknown) => String(error)) // a wrong type at a key, say
  if (typeof inRedis === 'string') return [inRedis]
  const [flat, versions, count] = inRedis
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

export function joined(list: Found[]): Found {
  return { wrong: list.flatMap(({ wrong }) => wrong), away: list.flatMap(({ away }) => away) }
}
