import type { Touched } from '../../actions/ports/persons.ts'
import { LedgerFailure } from '../../actions/ports/ledger.ts'
import type { PlayerProfile } from '../../actions/ports/players.ts'
import type { Changed } from '../../actions/ports/changes.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import type { PersonStores } from './known-boards.ts'
import { leftBy, noteChanged } from '../repair/changes.ts'
import type { Tagged } from '../connection/client.ts'
import { rankRowsOf, writeChanges, type PlayerChange } from '../ledger/entry-changes.ts'
import { inTransaction } from '../connection/transaction.ts'
import { withBoards } from './known-boards.ts'
import { lockPlayers } from '../ledger/player-locks.ts'

/** The new region has no standings on these leaderboards yet. */
class MissingStandings extends Error {
  readonly boards: Leaderboard[]

  constructor(boards: Leaderboard[]) {
    super('standings of a region are missing')
    this.boards = boards
  }
}

/**
 * Replaces a profile, or makes the player. When the region changes, the entries of regional standings move in the same
 * transaction, with score and place among equals, as one REGION row a leaderboard.
 */
export async function putProfile(
  stores: PersonStores,
  profile: PlayerProfile,
): Promise<Touched & { created: boolean }> {
  const { sql, leaderboards, standings } = stores
  // Most profiles keep their region: for them leaderboards are not looked at.
  const kept = await inTransaction(sql, async (tx) => {
    const player = (await lockPlayers(tx, [profile.playerId])).get(profile.playerId)
    if (player && player.region !== profile.region) return null
    await (player ? update(tx, profile) : insert(tx, profile))
    return { created: player === undefined, rows: [], changed: await changedBy(tx, profile, []) }
  })
  if (kept) return kept
  const attempt = () =>
    withBoards(leaderboards, (boards) =>
      inTransaction(sql, async (tx) => {
        const { playerId, region } = profile
        const player = (await lockPlayers(tx, [playerId])).get(playerId)
        if (!player) {
          await insert(tx, profile)
          return { created: true, changes: [], ids: [], changed: await changedBy(tx, profile, []) }
        }
        const changes =
          player.region === region ? [] : await movesOf(tx, boards, playerId, player.region, region, player.banned)
        await update(tx, profile)
        const ids = await writeChanges(tx, changes)
        return { created: false, changes, ids, changed: await changedBy(tx, profile, changes) }
      }),
    )
  // Standings are made outside of the transaction: made within it, they would be waited for by every batch that needs them.
  const done = await attempt().catch(async (error: unknown) => {
    if (!(error instanceof MissingStandings)) throw error
    const target = { type: 'REGIONAL', key: profile.region!, startsAt: null, endsAt: null } as const
    const wanted = error.boards.map((board) => ({ board, target, make: true }))
    await standings.ensure(wanted)
    return attempt().catch(async (again: unknown) => {
      if (!(again instanceof MissingStandings)) throw again
      // What is cached is of another database.
      standings.forget()
      await standings.ensure(wanted)
      return attempt()
    })
  })
  const { created, changed } = done
  return { created, changed, rows: await rankRowsOf(standings, done.changes, done.ids) }
}

function changedBy(tx: Tagged, { playerId }: PlayerProfile, changes: PlayerChange[]): Promise<Changed> {
  return noteChanged(tx, { players: [playerId], ...leftBy(changes) })
}

interface HeldEntry {
  no: number
  global_score: number | null
  global_tie: number | null
  old_id: number | null
  old_score: number | null
  old_tie: number | null
  new_id: number | null
  new_score: number | null
}

/**
 * What moves: REGIONAL holds what GLOBAL holds; without GLOBAL, what the old region held. So does a leaderboard that does not
 * keep REGIONAL now: what its regions hold takes no scores, and goes on once the type is added again.
 */
async function movesOf(
  tx: Tagged,
  all: Leaderboard[],
  playerId: string,
  from: string | null,
  to: string | null,
  hidden: boolean,
): Promise<PlayerChange[]> {
  const inRegions = await tx<{ no: number }[]>`
    select distinct s.leaderboard_no as no from leaderboard_entries e
    cross join lateral (select leaderboard_no, type from standings where id = e.standings_id limit 1) s
    where e.player_id = ${playerId} and s.type = 'REGIONAL'`
  const present = new Set(inRegions.map(({ no }) => no))
  const boards = all.filter((board) => board.types.includes('REGIONAL') || present.has(board.no))
  if (boards.length === 0) return []
  const held = await tx<HeldEntry[]>`
    select k.no, g.score as global_score, g.tie as global_tie, o.id as old_id, o.score as old_score, o.tie as old_tie,
      n.id as new_id, n.score as new_score
    from unnest(${boards.map((board) => board.no)}::int[]) k (no)
    left join lateral (
      select e.score, e.tie from standings s cross join lateral (
        select * from leaderboard_entries e where e.standings_id = s.id and e.player_id = ${playerId} limit 1
      ) e where s.leaderboard_no = k.no and s.type = 'GLOBAL' and s.key = '' limit 1
    ) g on true
    left join lateral (
      select s.id, e.score, e.tie from standings s cross join lateral (
        select * from leaderboard_entries e where e.standings_id = s.id and e.player_id = ${playerId} limit 1
      ) e where s.leaderboard_no = k.no and s.type = 'REGIONAL' and s.key = ${from}::text limit 1
    ) o on true
    left join lateral (
      select s.id, (
        select e.score from leaderboard_entries e where e.standings_id = s.id and e.player_id = ${playerId}
      ) as score from standings s where s.leaderboard_no = k.no and s.type = 'REGIONAL' and s.key = ${to}::text limit 1
    ) n on true`
  const found = new Map(held.map((row) => [row.no, row]))
  const missing: Leaderboard[] = []
  const changes = boards.flatMap((board): PlayerChange[] => {
    const row = found.get(board.no)!
    const follows = board.types.includes('GLOBAL') && board.types.includes('REGIONAL')
    const global = follows && row.global_score !== null
    const [score, tie] = global ? [row.global_score, row.global_tie] : [row.old_score, row.old_tie]
    const entries: PlayerChange['entries'] = []
    if (row.old_id !== null)
      entries.push(change(row.old_id, { score: null, previous: row.old_score, tie: null, hidden: true }))
    if (to !== null && score !== null && row.new_id === null) missing.push(board)
    if (to !== null && score !== null && row.new_id !== null)
      entries.push(change(row.new_id, { score, previous: row.new_score, tie, hidden }))
    if (entries.length === 0) return []
    const rest = { score, occurredAt: Date.now(), matchId: null, reason: null, entries }
    return [{ board, playerId, kind: 'REGION', ...rest }]
  })
  if (missing.length > 0) throw new MissingStandings(missing)
  return changes
}

function change(
  standingsId: number,
  to: Omit<PlayerChange['entries'][number], 'standingsId' | 'kept'>,
): PlayerChange['entries'][number] {
  return { standingsId, ...to, kept: null }
}

const metadataOf = ({ metadata }: PlayerProfile) => (metadata === null ? null : JSON.stringify(metadata))

async function insert(tx: Tagged, profile: PlayerProfile): Promise<void> {
  const made = await tx`
    insert into players (id, display_name, region, country, avatar_url, metadata)
    values (${profile.playerId}, ${profile.displayName}, ${profile.region}, ${profile.country}, ${profile.avatarUrl},
      ${metadataOf(profile)}::text::jsonb)
    on conflict (id) do nothing returning 1`
  if (made.length === 0) throw new LedgerFailure('conflict', new Error('another transaction made the player'))
}

async function update(tx: Tagged, profile: PlayerProfile): Promise<void> {
  await tx`
    update players set display_name = ${profile.displayName}, region = ${profile.region}, country = ${profile.country},
      avatar_url = ${profile.avatarUrl}, metadata = ${metadataOf(profile)}::text::jsonb, updated_at = now()
    where id = ${profile.playerId}`
}
