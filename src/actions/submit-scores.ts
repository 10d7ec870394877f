import { invalid, noLeaderboard } from './refusals.ts'
import { isTooFarAhead, tooFarAhead } from '../ranking/occurred-at.ts'
import { randomUUID } from 'node:crypto'
import {
  batchMax,
  submissionSchema,
  type BatchResult,
  type Receipt,
  type SubmissionInput,
} from '../contract/submission.ts'
import { AppError, toAckError, toAppError } from '../errors.ts'
import { entryKey, type Effect, type FoldOutcome, type LedgerItem } from '../ranking/fold-batch.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { parseScore } from '../ranking/score.ts'
import type { Caller } from './request.ts'
import type { GroupCommit } from './group-commit.ts'
import { inTime } from '../timing/in-time.ts'
import { parseInput } from './parse-input.ts'
import type { Committed } from './ports/ledger.ts'
import type { AppliedRank, RankIndex } from './ports/ranks.ts'
import type { LeaderboardStore } from './ports/leaderboards.ts'
import type { Standings } from './ports/standings.ts'
import { makeReceipt } from './receipt.ts'

export interface SubmitActions {
  /** Resolves after the Postgres commit. Rejects with the codes of the contract; nothing is stored then. */
  submitScore(caller: Caller, leaderboard: string, input: SubmissionInput): Promise<Receipt>
  /** Parses and submits each item by itself; returns one result per item, in order. */
  submitBatch(caller: Caller, leaderboard: string, items: unknown[]): Promise<BatchResult>
}

export type Outcome = { receipt: Receipt } | { error: AppError }

export interface SubmitOptions {
  /** Epoch milliseconds: when a submission happened that does not say so. */
  now(): number
  leaderboards: LeaderboardStore
  commits: GroupCommit<LedgerItem, Outcome>
}

/** Checks submissions against their leaderboard and hands them to the lanes; see docs/protocol.md, "Submissions". */
export function createSubmitScores({ leaderboards, commits, now }: SubmitOptions): SubmitActions {
  const opened = (id: string, board: Leaderboard | null): Leaderboard => {
    if (!board) throw noLeaderboard(id)
    if (board.metric === 'rating')
      throw new AppError('CONFLICT', 'a rating leaderboard takes no direct scores: report a match instead')
    return board
  }
  const submit = async (caller: Caller, board: Leaderboard, input: SubmissionInput): Promise<Receipt> => {
    const item = toLedgerItem(caller, board, input, now())
    const outcome = await commits.submit(item.playerId, item)
    if ('error' in outcome) throw outcome.error
    return outcome.receipt
  }

  return {
    submitScore: async (caller, leaderboard, input) =>
      await submit(caller, opened(leaderboard, await leaderboards.find(leaderboard)), input),

    async submitBatch(caller, leaderboard, items) {
      const board = opened(leaderboard, await leaderboards.find(leaderboard))
      if (items.length > batchMax) throw new AppError('VALIDATION', `a batch holds at most ${batchMax} submissions`)
      const receipts = await Promise.all(
        items.map(async (raw): Promise<BatchResult['receipts'][number]> => {
          try {
            return await submit(caller, board, parseInput(submissionSchema, raw))
          } catch (error) {
            return { submissionId: idOf(raw), error: toAckError(toAppError(error)) }
          }
        }),
      )
      return { receipts }
    },
  }
}

function idOf(raw: unknown): string | null {
  if (typeof raw !== 'object' || raw === null || !('submissionId' in raw)) return null
  return typeof raw.submissionId === 'string' ? raw.submissionId.slice(0, 64).toWellFormed() : null
}

function toLedgerItem(caller: Caller, board: Leaderboard, input: SubmissionInput, now: number): LedgerItem {
  const byPlayer = caller.role === 'player'
  const playerId = input.playerId ?? (byPlayer ? caller.sub : null)
  if (!playerId) throw invalid('playerId', 'is required', 'playerId is missing')
  if (byPlayer && board.submitBy !== 'player')
    throw new AppError('FORBIDDEN', 'scores of this leaderboard are reported by game servers only')
  if (byPlayer && playerId !== caller.sub) throw new AppError('FORBIDDEN', 'a player may submit only its own scores')

  const parsed = parseScore(input.score, board.decimals)
  if ('error' in parsed)
    throw new AppError(parsed.error, parsed.detail, { issues: [{ path: 'score', message: parsed.detail }] })
  const occurredAt = input.occurredAt === undefined ? now : Date.parse(input.occurredAt)
  if (isTooFarAhead(occurredAt, now)) throw invalid('occurredAt', tooFarAhead)
  return {
    board,
    playerId,
    submissionId: input.submissionId ?? randomUUID(),
    score: parsed.scaled,
    sessionId: input.sessionId ?? null,
    occurredAt,
    occurredSent: input.occurredAt !== undefined,
    byPlayer,
    metadata: input.metadata ?? null,
    drawnIds: [],
  }
}

/**
 * The stage after the commit: applies the batch to the index once, then makes one outcome an item. It is stored whatever the
 * index does: ranks that are late are left out.
 */
export function createFinish(index: RankIndex) {
  return async (items: LedgerItem[], { outcomes, rows, standings }: Committed, waitMs: number): Promise<Outcome[]> => {
    const known = await inTime(rankAll(index, items, outcomes, rows, standings), waitMs)
    const ranks = known ?? new Map<string, AppliedRank>()
    return items.map((item, at) => {
      const outcome = outcomes[at]!
      if (outcome.kind === 'refused') return { error: new AppError(outcome.code, outcome.detail) }
      const rankOf = (effect: Effect) => ranks.get(entryKey(effect.standingsId!, item.playerId)) ?? null
      return { receipt: makeReceipt(item, outcome, standings, rankOf) }
    })
  }
}

/** Ranks around this application for every entry the outcomes speak of. */
async function rankAll(
  index: RankIndex,
  items: LedgerItem[],
  outcomes: FoldOutcome[],
  rows: Committed['rows'],
  standings: Committed['standings'],
): Promise<Map<string, AppliedRank>> {
  const ranks = new Map<string, AppliedRank>()
  const applied = await index.apply([...rows.values()])
  let next = 0
  for (const key of rows.keys()) {
    const rank = applied[next++]
    if (rank) ranks.set(key, rank)
  }
  // A duplicate may speak of standings that its retry does not belong to (a new week, say): look those up.
  const others: { item: LedgerItem; of: Standings; key: string }[] = []
  items.forEach((item, at) => {
    const outcome = outcomes[at]!
    if (outcome.kind !== 'stored') return
    for (const { standingsId } of outcome.effects) {
      const of = standingsId === null ? undefined : standings.get(standingsId)
      const key = of && entryKey(of.id, item.playerId)
      if (key && !rows.has(key)) others.push({ item, of, key })
    }
  })
  await Promise.all(
    others.map(async ({ item, of, key }) => {
      const found = await index.places({ board: item.board, standings: of }, [item.playerId]).catch(() => null)
      if (!found) return
      const rank = found.places[0]?.rank ?? null
      ranks.set(key, { before: rank, after: rank, total: found.total })
    }),
  )
  return ranks
}
