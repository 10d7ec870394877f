import type { Receipt, ReceiptItem } from '../contract/submission.ts'
import type { Effect, LedgerItem } from '../ranking/fold-batch.ts'
import { formatScore } from '../ranking/score.ts'
import { formatSelector } from '../ranking/selector.ts'
import type { AppliedRank } from './ports/ranks.ts'
import type { Standings } from './ports/standings.ts'

/** What the index said of one effect; null = it could not tell. */
export type RankOf = (effect: Effect) => AppliedRank | null

/**
 * The durable answer to one submission. `degraded` when the index could not tell a rank that it should know; a closed
 * window and a hidden player have none.
 */
export function makeReceipt(
  item: LedgerItem,
  stored: { duplicate: boolean; effects: Effect[] },
  standings: Map<number, Standings>,
  rankOf: RankOf,
): Receipt {
  const { decimals } = item.board
  const scoreOf = (scaled: number | null) => (scaled === null ? null : formatScore(scaled, decimals))
  let degraded = false
  const items = stored.effects.map((effect): ReceiptItem => {
    const row = effect.standingsId === null ? undefined : standings.get(effect.standingsId)
    const rank = effect.standingsId === null ? null : rankOf(effect)
    if (rank === null && effect.standingsId !== null) degraded = true
    return {
      standings: row ? formatSelector(row.type, row.key) : effect.selector,
      applied: effect.reason === null,
      reason: effect.reason,
      score: scoreOf(effect.score),
      previousScore: scoreOf(effect.previous),
      rank: rank?.after ?? null,
      previousRank: stored.duplicate || effect.previous === null ? null : (rank?.before ?? null),
      total: rank?.total ?? null,
    }
  })
  const applied = items.some((one) => one.applied)
  return {
    submissionId: item.submissionId,
    leaderboard: item.board.id,
    playerId: item.playerId,
    score: formatScore(item.score, decimals),
    applied,
    reason: applied ? null : (items[0]?.reason ?? null),
    duplicate: stored.duplicate,
    degraded,
    standings: items,
  }
}
