import type { standings as standingsTable } from '../schema/standings.ts'
import type { RowOf } from '../schema/rows.ts'
import type { leaderboardEntries } from '../schema/leaderboard-entries.ts'
import type { players } from '../schema/players.ts'
import { effectReason, effectStandings } from '../ledger/stored-effects.ts'
import { isFinal } from '../../ranking/status.ts'
import type { Standings, StandingsStore } from '../../actions/ports/standings.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { RatedPlayer } from '../../ranking/rate-match.ts'
import { targetsOf, windowOpen, type SubmissionFacts, type Target } from '../../ranking/targets.ts'
import type { Tagged } from '../connection/client.ts'
import type { LockedPlayer } from '../ledger/player-locks.ts'

/** Where a match counts for its players, made ahead of the locks. Regions have to be the same after them. */
export interface PlacedPlayers {
  ids: string[]
  regions: (string | null)[]
  standings: Standings[][]
}

async function readRegions(sql: Tagged, ids: string[]): Promise<(string | null)[]> {
  const rows = await sql<RowOf<typeof players, 'id' | 'region'>[]>`
    select id, region from players where id = any(${ids}::text[])`
  const known = new Map(rows.map((row) => [row.id, row.region]))
  return ids.map((id) => known.get(id) ?? null)
}

/** Finds the standings of the players at an instant (epoch milliseconds), making those whose window is open. */
export async function placePlayers(
  sql: Tagged,
  store: StandingsStore,
  board: Leaderboard,
  ids: string[],
  at: { instant: number; season: SubmissionFacts['season']; now: number },
): Promise<PlacedPlayers> {
  const regions = await readRegions(sql, ids)
  const targets = regions.map((region) =>
    targetsOf(board, { instant: at.instant, region, sessionId: null, season: at.season }),
  )
  // Those of a season were made with it: without them, there is no such season any more.
  const make = (target: Target) => target.type !== 'SEASONAL' && windowOpen(target, at.now, board.graceMs)
  const wanted = targets.flat().map((target) => ({ board, target, make: make(target) }))
  const found = await store.ensure(wanted)
  let next = 0
  const standings = targets.map((list) => list.flatMap(() => found[next++] ?? []))
  return { ids, regions, standings }
}

/** Which standings a match is in for each of its players, and which the player's other matches are in. */
export interface Counted {
  own: ReadonlySet<number>
  others: ReadonlySet<number>
}

/**
 * Finds the standings that the players' rated matches on a leaderboard are still in, by what the ledger says that they
 * did. What was before a removal of the player is in none.
 */
export async function readCounted(
  sql: Tagged,
  leaderboardNo: number,
  matchId: string,
  playerIds: string[],
): Promise<Map<string, Counted>> {
  const rows = await sql<{ player_id: string; own: boolean; standings_id: number }[]>`
    select distinct r.player_id, r.match_id = ${matchId} as own, ${sql.unsafe(effectStandings)} as standings_id
    from match_results r
    cross join lateral (
      select effects from submissions
      where leaderboard_no = ${leaderboardNo} and player_id = r.player_id and id = r.applied_id limit 1
    ) l
    cross join lateral jsonb_array_elements(l.effects) e (effect)
    where r.player_id = any(${playerIds}::text[]) and r.applied_id is not null and r.rating_change is not null
      and ${sql.unsafe(effectReason)} is distinct from 'WINDOW_CLOSED'
      and r.applied_id > coalesce((
        select id from submissions x where x.leaderboard_no = ${leaderboardNo} and x.player_id = r.player_id
          and x.kind = 'REMOVE' order by id desc limit 1
      ), 0)`.execute()
  const counted = new Map(playerIds.map((id) => [id, { own: new Set<number>(), others: new Set<number>() }]))
  for (const row of rows) counted.get(row.player_id)![row.own ? 'own' : 'others'].add(row.standings_id)
  return counted
}

/** GLOBAL, where a match that is taken back counts for its players, and the standings of their present regions. */
export async function placeCounted(
  sql: Tagged,
  store: StandingsStore,
  board: Leaderboard,
  matchId: string,
  ids: string[],
): Promise<PlacedPlayers> {
  const [regions, counted] = await Promise.all([readRegions(sql, ids), readCounted(sql, board.no, matchId, ids)])
  const named = await store.byIds([...new Set([...counted.values()].flatMap(({ own }) => [...own]))])
  const global = await store.find(board, 'GLOBAL', '')
  const standings = await Promise.all(
    ids.map(async (id, at) => {
      const region = regions[at] ?? null
      const regional = region === null ? null : await store.find(board, 'REGIONAL', region)
      // The entry of an earlier region went along to the present one.
      const own = [...counted.get(id)!.own].flatMap((standingsId) => named.get(standingsId) ?? [])
      const others = own.filter((row) => row.type !== 'GLOBAL' && row.type !== 'REGIONAL')
      return [global, regional, ...others].filter((row) => row !== null)
    }),
  )
  return { ids, regions, standings }
}

type EntryRow = RowOf<typeof leaderboardEntries, 'standings_id' | 'player_id' | 'score' | 'version' | 'tie' | 'hidden'>

/** Reads the players' entries and the state of their standings; the players have to be locked. */
export async function readEntries(tx: Tagged, { ids, standings }: PlacedPlayers) {
  const keys = standings.flatMap((list, at) => list.map((row) => ({ standingsId: row.id, playerId: ids[at]! })))
  const [entries, states] = await Promise.all([
    tx<EntryRow[]>`
      select e.standings_id, e.player_id, e.score, e.version, e.tie, e.hidden from unnest(
        ${keys.map((key) => key.standingsId)}::int8[], ${keys.map((key) => key.playerId)}::text[]
      ) k (standings_id, player_id)
      cross join lateral (
        select * from leaderboard_entries where standings_id = k.standings_id and player_id = k.player_id limit 1
      ) e`.execute(),
    tx<RowOf<typeof standingsTable, 'id' | 'status' | 'ends_at'>[]>`
      select id, status, ends_at from standings
      where id = any(${[...new Set(keys.map((key) => key.standingsId))]}::int8[])`.execute(),
  ])
  return {
    entries: new Map(entries.map((row) => [`${row.standings_id} ${row.player_id}`, row])),
    states: new Map(states.map((row) => [row.id, row])),
  }
}

/** A participant for the rules; one who was erased has no targets. */
export function ratedPlayer(
  placed: PlacedPlayers,
  { entries, states }: Awaited<ReturnType<typeof readEntries>>,
  locked: Map<string, LockedPlayer>,
  playerId: string | null,
  placement: number,
): RatedPlayer {
  if (playerId === null) return { placement, targets: [], hidden: false }
  const targets = placed.standings[placed.ids.indexOf(playerId)]!.map((row) => {
    const state = states.get(row.id)
    return {
      type: row.type,
      standingsId: row.id,
      entry: entries.get(`${row.id} ${playerId}`) ?? null,
      endsAt: state?.ends_at?.getTime() ?? null,
      sealed: state === undefined || isFinal(state.status),
    }
  })
  return { placement, targets, hidden: locked.get(playerId)?.banned ?? false }
}
