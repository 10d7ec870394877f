import { foldScore } from './fold.ts'
import type { Leaderboard } from './leaderboard.ts'
import { isOver, isPastGrace } from './status.ts'

/** A submission as the ledger takes it. Scores are scaled; instants are epoch milliseconds. */
export interface LedgerItem {
  board: Leaderboard
  playerId: string
  submissionId: string
  score: number
  sessionId: string | null
  occurredAt: number
  /** Whether the client sent `occurredAt`; a retry must send the same. */
  occurredSent: boolean
  /** A player's own submission, which may not reach back further than the grace. */
  byPlayer: boolean
  metadata: Record<string, unknown> | null
  /** Ledger ids that earlier attempts of unknown outcome drew for it: a row with one of them is our own commit. */
  drawnIds: number[]
}

/** A standings the item belongs to. `standingsId` is null when its window closed before any row was made. */
export interface FoldTarget {
  selector: string
  standingsId: number | null
  endsAt: number | null
  sealed: boolean
}

export interface FoldEntry {
  score: number
  version: number
  tie: number
  hidden: boolean
}

export type KeptReason = 'NOT_BETTER' | 'UNCHANGED' | 'WINDOW_CLOSED'
/** Also why nothing of it is left. */
export type EffectReason = KeptReason | 'REMOVED'

/** What a submission did to one standings: scaled score after and before, and why nothing changed (null = applied). */
export interface Effect {
  standingsId: number | null
  selector: string
  score: number | null
  previous: number | null
  reason: EffectReason | null
}

/** A ledger row found under the key of an item. */
export interface StoredRow {
  id: number
  score: number | null
  sessionId: string | null
  occurredAt: number
  occurredSent: boolean
  effects: Effect[]
}

export type FoldOutcome =
  | { kind: 'stored'; id: number; duplicate: boolean; effects: Effect[] }
  | { kind: 'refused'; code: RefusalCode; detail: string }
export type RefusalCode = 'VALIDATION' | 'IDEMPOTENCY_CONFLICT' | 'SCORE_OUT_OF_RANGE' | 'WINDOW_CLOSED'

/** What a batch is folded over, as read after the players' locks were taken. */
export interface FoldState {
  now: number
  /** By `ledgerKey`. */
  stored: Map<string, StoredRow>
  /** By `entryKey`; folding replaces what changes. */
  entries: Map<string, FoldEntry>
  /** Banned players: their scores are kept, hidden. */
  banned: Set<string>
}

export const ledgerKey = (item: { board: Leaderboard; playerId: string; submissionId: string }) =>
  `${item.board.no}\0${item.playerId}\0${item.submissionId}`
export const entryKey = (standingsId: number, playerId: string) => `${standingsId}\0${playerId}`

/**
 * Folds submissions one after another into the state, in their order. `ids[i]` is the ledger id drawn for item i.
 * Changes `state.entries` and `state.stored`; returns one outcome per item and the keys of the entries it changed.
 */
export function foldBatch(
  items: readonly LedgerItem[],
  targets: readonly FoldTarget[][],
  ids: readonly number[],
  state: FoldState,
): { outcomes: FoldOutcome[]; changed: Set<string> } {
  const changed = new Set<string>()
  const outcomes = items.map((item, index) => {
    const key = ledgerKey(item)
    const stored = state.stored.get(key)
    if (stored) return retryOutcome(item, stored)
    const id = ids[index]!
    const outcome = foldOne(item, targets[index]!, id, state, changed)
    if (outcome.kind === 'stored') {
      const { score, sessionId, occurredAt, occurredSent } = item
      state.stored.set(key, { id, score, sessionId, occurredAt, occurredSent, effects: outcome.effects })
    }
    return outcome
  })
  return { outcomes, changed }
}

function retryOutcome(item: LedgerItem, stored: StoredRow): FoldOutcome {
  const same =
    stored.score === item.score &&
    stored.sessionId === item.sessionId &&
    stored.occurredSent === item.occurredSent &&
    (!item.occurredSent || stored.occurredAt === item.occurredAt)
  if (!same)
    return refuse('IDEMPOTENCY_CONFLICT', 'this submissionId was used with another score, sessionId or occurredAt')
  return { kind: 'stored', id: stored.id, duplicate: !item.drawnIds.includes(stored.id), effects: stored.effects }
}

function foldOne(
  item: LedgerItem,
  targets: readonly FoldTarget[],
  id: number,
  state: FoldState,
  changed: Set<string>,
): FoldOutcome {
  const { board } = item
  if (item.sessionId !== null && !board.types.includes('SESSION'))
    return refuse('VALIDATION', 'sessionId needs a leaderboard that keeps the type SESSION')
  if (targets.length === 0) return refuse('VALIDATION', 'the submission belongs to no standings of this leaderboard')
  if (!withinBounds(item))
    return refuse('SCORE_OUT_OF_RANGE', "the score is outside the leaderboard's minScore and maxScore")
  // Arrival itself is never too far back, however long the submission waited for its commit.
  if (item.byPlayer && item.occurredSent && state.now - item.occurredAt > board.graceMs)
    return refuse('WINDOW_CLOSED', "occurredAt is further back than the leaderboard's graceMs")

  const effects: Effect[] = []
  for (const target of targets) {
    const entry =
      target.standingsId === null ? undefined : state.entries.get(entryKey(target.standingsId, item.playerId))
    const previous = entry?.score ?? null
    const { standingsId, selector } = target
    if (standingsId === null || closedFor(target, item.occurredAt, item.board.graceMs, state.now)) {
      effects.push({ standingsId, selector, score: previous, previous, reason: 'WINDOW_CLOSED' })
      continue
    }
    const folded = foldScore(board, previous, item.score)
    if (folded.kind === 'out-of-range')
      return refuse('SCORE_OUT_OF_RANGE', `the total of ${target.selector} would leave the exact range`)
    const reason = folded.kind === 'kept' ? folded.reason : null
    effects.push({ standingsId, selector, score: folded.score, previous, reason })
  }
  if (effects.every((effect) => effect.reason === 'WINDOW_CLOSED'))
    return refuse('WINDOW_CLOSED', 'every standings this submission belongs to has closed')

  for (const effect of effects) {
    if (effect.reason !== null || effect.standingsId === null || effect.score === null) continue
    const key = entryKey(effect.standingsId, item.playerId)
    const hidden = state.banned.has(item.playerId)
    state.entries.set(key, { score: effect.score, version: id, tie: id, hidden })
    changed.add(key)
  }
  return { kind: 'stored', id, duplicate: false, effects }
}

/** Whether the score lies in the leaderboard's bounds, which are inclusive. */
export function withinBounds({ board, score }: Pick<LedgerItem, 'board' | 'score'>): boolean {
  return (board.minScore === null || score >= board.minScore) && (board.maxScore === null || score <= board.maxScore)
}

/** Whether a standings list takes nothing of `occurredAt` any more at `now`; all in epoch milliseconds. */
export function closedFor(
  target: Pick<FoldTarget, 'sealed' | 'endsAt'>,
  occurredAt: number,
  graceMs: number,
  now: number,
): boolean {
  return target.sealed || isOver(target, occurredAt) || isPastGrace(target, graceMs, now)
}

function refuse(code: RefusalCode, detail: string): FoldOutcome {
  return { kind: 'refused', code, detail }
}
