import type { Moved, Transition } from '../../actions/ports/matches.ts'
import { LedgerFailure } from '../../actions/ports/ledger.ts'
import type { Leaderboard } from '../../ranking/leaderboard.ts'
import { rateMatch, takeBack, type MatchFacts, type Rated, type RatedPlayer } from '../../ranking/rate-match.ts'
import type { MatchState } from '../../ranking/match.ts'
import type { Totals } from '../../ranking/totals.ts'
import { leftBy, noteChanged } from '../repair/changes.ts'
import type { Transaction } from '../connection/client.ts'
import { withRetries } from '../connection/transaction.ts'
import { drawIds, rankRowsOf, writeChangesAs, type PlayerChange } from '../ledger/entry-changes.ts'
import { lockPlayers } from '../ledger/player-locks.ts'
import {
  placeCounted,
  placePlayers,
  ratedPlayer,
  readCounted,
  readEntries,
  type PlacedPlayers,
} from './match-players.ts'
import { seasonFact } from '../ledger/place-items.ts'
import {
  clearRatings,
  judge,
  lockMatch,
  readMatch,
  unmoved,
  writeLogLine,
  writeRatings,
  writeTransition,
  type StoredMatch,
} from './match-rows.ts'
import type { MatchStoreOptions } from './match-rows.ts'
import { addToTotals, readTotals, recountTotals } from '../players/totals.ts'

interface Settling {
  board: Leaderboard
  transition: Transition
  /** Before the locks were taken. */
  seen: StoredMatch
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
    // Standings rows are found and made ahead: a transaction that holds locks waits for no other connection.
    const place = async () => {
      if (transition.step === 'REJECT') return placeCounted(sql, standings, board, id, playersOf(seen))
      const instant = transition.completion?.at ?? seen.completedAt ?? now
      const season = board.types.includes('SEASONAL') ? seasonFact(await seasons.of(board), instant) : null
      return placePlayers(sql, standings, board, playersOf(seen), { instant, season, now })
    }
    const placed = await place()
    const settling = { board, transition, seen, placed, now }
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
  // Sent together, as a round trip costs more than a statement; each sees what was committed before the locks were taken.
  const [locked, , match, entries, totals, ids] = await Promise.all([
    lockPlayers(tx, placed.ids.toSorted()),
    lockMatch(tx, id),
    readMatch(tx, id),
    readEntries(tx, placed),
    readTotals(tx, placed.ids),
    drawIds(tx, placed.ids.length),
  ])
  const same = placed.ids.every((playerId, at) => locked.get(playerId)?.region === placed.regions[at])
  if (!match || !same) throw new LedgerFailure('conflict', new Error('a player changed meanwhile'))
  // What is taken back was looked for by what was applied then.
  if (transition.step === 'REJECT' && match.verification !== settling.seen.verification)
    throw new LedgerFailure('conflict', new Error('the match changed meanwhile'))
  const to = judge(match, transition)
  if (typeof to === 'string') return { moved: unmoved(to, match), changes: [], ids: [] }

  const completed = withResults(match, transition)
  const players = completed.participants.map(({ playerId, placement }) =>
    ratedPlayer(placed, entries, locked, playerId, placement!),
  )
  const changes =
    transition.step === 'REJECT'
      ? await takeBackFrom(tx, completed, to, players, ids, settling)
      : await applyTo(tx, completed, to, players, ids, totals, settling)
  const [after, changed] = await Promise.all([
    readMatch(tx, id),
    changes.length > 0 ? noteChanged(tx, { totals: placed.ids, ...leftBy(changes) }) : null,
  ])
  return { moved: { outcome: 'done', match: after!, rows: [], changed }, changes, ids }
}

/** The match as it is once the transition's results are in. */
function withResults(match: StoredMatch, { completion }: Transition): StoredMatch {
  if (completion === null) return match
  const participants = match.participants.map((one, slot) => ({ ...one, ...completion.results[slot]! }))
  return { ...match, completedAt: completion.at, participants }
}

async function applyTo(
  tx: Transaction,
  match: StoredMatch,
  to: MatchState,
  players: RatedPlayer[],
  ids: number[],
  totals: Map<string, Totals>,
  settling: Settling,
): Promise<PlayerChange[]> {
  const { transition } = settling
  const rated = rateMatch(factsOf(match, settling), players)
  const named = match.participants.flatMap((one, slot) =>
    one.playerId === null ? [] : [{ ...one, playerId: one.playerId, slot, rated: rated[slot]! }],
  )
  const changes = named.map(({ playerId, rated: one }) =>
    changeOf(match, settling, playerId, ratingAfter(one), one.entries),
  )
  await Promise.all([
    writeTransition(tx, match.id, transition, { ...to, verification: 'VERIFIED' }),
    // A completion that verifies is both.
    transition.step === 'COMPLETE' && writeLogLine(tx, match.id, { ...transition, step: 'VERIFY' }),
    writeChangesAs(tx, changes, ids),
    writeRatings(
      tx,
      match.id,
      named.map(({ slot, rated: { before, change } }, at) => ({ slot, before, change, id: ids[at]! })),
    ),
    addToTotals(
      tx,
      totals,
      named.map((one) => ({
        playerId: one.playerId,
        result: { ...one, result: one.result!, rating: ratingAfter(one.rated) },
      })),
    ),
  ])
  return changes
}

async function takeBackFrom(
  tx: Transaction,
  match: StoredMatch,
  to: MatchState,
  players: RatedPlayer[],
  ids: number[],
  settling: Settling,
): Promise<PlayerChange[]> {
  await writeTransition(tx, match.id, settling.transition, to)
  if (match.verification !== 'VERIFIED') return []
  const facts = factsOf(match, settling)
  const counted = await readCounted(tx, settling.board.no, match.id, settling.placed.ids)
  const changes = match.participants.flatMap(({ playerId, ratingChange }, slot) => {
    if (playerId === null) return []
    const { own, others } = counted.get(playerId)!
    const player = players[slot]!
    // A casual match is in no standings, nor is one from before the player was removed.
    const entries = own.size === 0 ? [] : takeBack(facts, player, ratingChange ?? 0, others)
    const global = player.targets.find(({ type }) => type === 'GLOBAL')
    const changed = entries.find((entry) => entry.standingsId === global?.standingsId)
    const rating = changed ? changed.score : (global?.entry?.score ?? null)
    return [changeOf(match, settling, playerId, rating, entries)]
  })
  await Promise.all([writeChangesAs(tx, changes, ids), clearRatings(tx, match.id)])
  await recountTotals(tx, settling.placed.ids)
  return changes
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
