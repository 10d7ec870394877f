import type { Moved, Transition } from '../actions/match-ports.ts'
import { LedgerFailure } from '../actions/ports.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { rateMatch, takeBack, type MatchFacts, type Rated, type RatedPlayer } from '../ranking/rate-match.ts'
import type { Tagged, Transaction } from './client.ts'
import { rankRowsOf, withRetries, writeChanges, type PlayerChange } from './entry-changes.ts'
import { lockPlayers } from './ledger-queries.ts'
import { placePlayers, ratedPlayer, readEntries, type PlacedPlayers } from './match-players.ts'
import { seasonFact } from './place-items.ts'
import { judge, lockMatch, readMatch, unmoved, writeTransition, type StoredMatch } from './match-rows.ts'
import type { MatchStoreOptions } from './matches.ts'
import { addToTotals, recountTotals } from './totals.ts'

interface Settling {
  board: Leaderboard
  transition: Transition
  placed: PlacedPlayers
  now: number
}

/**
 * Takes a step that applies a match or takes it back. Players are locked first, as for everything that changes their
 * entries, then the match: ratings are those of that moment. Null: there is no such match.
 */
export function settleMatch(
  { sql, standings, seasons }: MatchStoreOptions,
  board: Leaderboard,
  id: string,
  transition: Transition,
  now: number,
): Promise<Moved | null> {
  return withRetries(async () => {
    const seen = await readMatch(sql, id)
    if (!seen) return null
    const early = judge(seen, transition)
    if (typeof early === 'string') return unmoved(early, seen)
    // Standings rows are made ahead: whoever holds locks waits for no other connection.
    const instant = transition.completion?.at ?? seen.completedAt ?? now
    const season = board.types.includes('SEASONAL') ? seasonFact(await seasons.of(board), instant) : null
    const placed = await placePlayers(sql, standings, board, playersOf(seen), { instant, season, now })
    const settling = { board, transition, placed, now }
    const { moved, changes, ids }: Settled = await sql.begin((tx) => settle(tx, id, settling))
    return { ...moved, rows: await rankRowsOf(standings, changes, ids) }
  })
}

interface Settled {
  moved: Moved
  changes: PlayerChange[]
  ids: number[]
}

async function settle(tx: Transaction, id: string, settling: Settling): Promise<Settled> {
  const { transition, placed } = settling
  // Sent together; each statement sees what was committed before the locks were taken.
  const [locked, , match, entries] = await Promise.all([
    lockPlayers(tx, placed.ids.toSorted()),
    lockMatch(tx, id),
    readMatch(tx, id),
    readEntries(tx, placed),
  ])
  const same = placed.ids.every((playerId, at) => locked.get(playerId)?.region === placed.regions[at])
  if (!match || !same) throw new LedgerFailure('conflict', new Error('a player changed meanwhile'))
  const to = judge(match, transition)
  if (typeof to === 'string') return { moved: unmoved(to, match), changes: [], ids: [] }

  const takenBack = transition.step === 'REJECT'
  await writeTransition(tx, id, transition, takenBack ? to : { ...to, verification: 'VERIFIED' })
  if (takenBack && match.verification !== 'VERIFIED')
    return {
      moved: { outcome: 'done', match: (await readMatch(tx, id))!, rows: [], players: [] },
      changes: [],
      ids: [],
    }
  if (transition.step === 'COMPLETE')
    await tx`insert into moderation_log (actor, action, match_id) values (${transition.actor}, 'VERIFY', ${id})`

  const completed = transition.completion === null ? match : (await readMatch(tx, id))!
  const players = completed.participants.map(({ playerId, placement }) =>
    ratedPlayer(placed, entries, locked, playerId, placement!),
  )
  const written = await (takenBack ? takeBackFrom : applyTo)(tx, completed, players, settling)
  const now = (await readMatch(tx, id))!
  return { moved: { outcome: 'done', match: now, rows: [], players: placed.ids }, ...written }
}

async function applyTo(tx: Tagged & Transaction, match: StoredMatch, players: RatedPlayer[], settling: Settling) {
  const rated = rateMatch(factsOf(match, settling), players)
  const named = match.participants.flatMap((one, slot) =>
    one.playerId === null ? [] : [{ ...one, playerId: one.playerId, slot, rated: rated[slot]! }],
  )
  const changes = named.map(({ playerId, rated: one }) =>
    changeOf(match, settling, playerId, ratingAfter(one), one.entries),
  )
  const ids = await writeChanges(tx, changes)
  const applied = named.map(({ slot, rated: one }, at) => ({ slot, ...one, id: ids[at] }))
  await Promise.all([
    tx`
      update match_results m set rating_before = r.before, rating_change = r.change, applied_id = r.id
      from json_to_recordset(${JSON.stringify(applied)}::text::json) r (slot int2, before int, change int, id int8)
      where m.match_id = ${match.id} and m.slot = r.slot`.execute(),
    addToTotals(
      tx,
      named.map((one) => ({
        playerId: one.playerId,
        result: { ...one, result: one.result!, rating: ratingAfter(one.rated) },
      })),
    ),
  ])
  return { changes, ids }
}

async function takeBackFrom(tx: Tagged & Transaction, match: StoredMatch, players: RatedPlayer[], settling: Settling) {
  const facts = factsOf(match, settling)
  const changes = match.participants.flatMap(({ playerId, ratingChange }, slot) => {
    if (playerId === null) return []
    const player = players[slot]!
    const entries = ratingChange === null ? [] : takeBack(facts, player, ratingChange)
    const global = player.targets.find(({ type }) => type === 'GLOBAL')
    const after = entries.find((entry) => entry.standingsId === global?.standingsId)?.score
    return [changeOf(match, settling, playerId, after ?? global?.entry?.score ?? null, entries)]
  })
  const ids = await writeChanges(tx, changes)
  await tx`
    update match_results set rating_before = null, rating_change = null, applied_id = null where match_id = ${match.id}`
  await recountTotals(tx, settling.placed.ids)
  return { changes, ids }
}

function changeOf(
  match: StoredMatch,
  { board, transition }: Settling,
  playerId: string,
  score: number | null,
  entries: PlayerChange['entries'],
): PlayerChange {
  const { reason } = transition
  return { board, playerId, kind: 'MATCH', score, occurredAt: match.completedAt!, matchId: match.id, reason, entries }
}

function factsOf({ type, completedAt }: StoredMatch, { board, now }: Settling): MatchFacts {
  return { type, occurredAt: completedAt!, graceMs: board.graceMs, now }
}

function ratingAfter({ before, change }: Rated): number | null {
  return before === null || change === null ? null : before + change
}

function playersOf({ participants }: StoredMatch): string[] {
  return participants.flatMap(({ playerId }) => playerId ?? [])
}
