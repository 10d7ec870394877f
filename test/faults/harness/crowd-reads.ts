import type { Page, Place } from '../../../src/contract/reads.ts'
import type { BoundsKeeper } from './bounds.ts'
import { scaledOf, type FaultBoard } from './boards.ts'
import { integer, pick, type Random } from './random.ts'
import type { Read } from './reader.ts'

const pageRows = 20

/** Reads of leaderboards that everybody writes to, checked as far as can be. */
export function createCrowdReads(boards: readonly FaultBoard[], bounds: BoundsKeeper, random: Random) {
  /** What is wrong with a score, or null. `least` is what had been acknowledged before the request. */
  const wrongScore = (board: FaultBoard, playerId: string, score: number, least: number | null): string | null => {
    if (board.operator === 'last') return null
    const scaled = scaledOf(board, score)
    const most = bounds.triedBy(board, playerId)
    const worse = (a: number, b: number) => (board.order === 'desc' ? a < b : a > b)
    if (most === null) return `${playerId} has ${scaled}, and nobody ever submitted for it`
    if (least !== null && worse(scaled, least)) return `${playerId} has ${scaled}, acknowledged was ${least}`
    return worse(most, scaled) ? `${playerId} has ${scaled}, no more than ${most} was ever submitted` : null
  }
  const leasts = (board: FaultBoard, players: string[]) =>
    (['redis', 'postgres'] as const).map(
      (source) => [source, new Map(players.map((id) => [id, bounds.acknowledgedTo(board, id, source)]))] as const,
    )

  const place = (board: FaultBoard): Read => {
    const playerId = `p${integer(random, 1, board.players)}`
    const before = Object.fromEntries(leasts(board, [playerId]))
    const path = `/v1/leaderboards/${board.id}/players/${playerId}`
    return {
      path,
      check({ status, body }) {
        if (status === 404) {
          const least = before['redis']!.get(playerId) ?? null
          return least === null ? null : `${path}: not ranked, ${least} was acknowledged`
        }
        const { score, source, rank, total } = body as Place
        if (rank === null || score === null || rank < 1 || rank > total) return `${path}: rank ${rank} of ${total}`
        return wrongScore(board, playerId, score, before[source]!.get(playerId)!)
      },
    }
  }
  const page = (board: FaultBoard): Read => {
    const everybody = Array.from({ length: board.players }, (_, at) => `p${at + 1}`)
    const before = Object.fromEntries(leasts(board, everybody))
    return {
      path: `/v1/leaderboards/${board.id}/standings?limit=${pageRows}`,
      check({ status, body }) {
        if (status !== 200) return 'there is no such page'
        const { rows, source, total } = body as Page
        if (rows.length !== Math.min(total, pageRows)) return `a page of ${rows.length} rows of ${total}`
        if (new Set(rows.map((row) => row.playerId)).size < rows.length) return 'a player twice on a page'
        for (const [at, row] of rows.entries()) {
          const above = rows[at - 1]
          const equal = above?.score === row.score ? above : null
          if (above && !equal && above.score > row.score !== (board.order === 'desc')) return 'a page out of order'
          const rank = equal && board.rankStyle === 'competition' ? equal.rank : at + 1
          if (row.rank !== rank) return `rank ${row.rank} in row ${at + 1} of a page`
          const wrong = wrongScore(board, row.playerId, row.score, before[source]!.get(row.playerId)!)
          if (wrong) return wrong
        }
        return null
      },
    }
  }
  return (): Read => {
    const board = pick(random, boards)
    return random() < 0.7 ? place(board) : page(board)
  }
}
