import type { RankedList } from '../actions/ports/ranks.ts'
import { formatSelector } from '../ranking/selector.ts'

/** What logs, health and reports call a list: `leaderboard/selector`. */
export function nameOf({ board, standings }: RankedList): string {
  return `${board.id}/${formatSelector(standings.type, standings.key)}`
}
