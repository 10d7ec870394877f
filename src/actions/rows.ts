import type { Row } from '../contract/reads.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { formatScore } from '../ranking/score.ts'
import { trendOf, type EarlierRanks } from '../ranking/trend.ts'
import type { RankedEntry } from './ports/ranks.ts'
import type { PlayerStore } from './ports/players.ts'

/** What rows of a page were made of, besides their entries. */
interface Made {
  rows: Promise<Row[]>
  decimals: number
  earlier: EarlierRanks
  profiles: number
  until: number
}

// A name that another node changed, or that could not be read, is looked for again after this: its message may be lost.
const keepMs = 1000

/** Makes the rows of answers: ranked entries with the profiles of their players. */
export function createRows(players: Pick<PlayerStore, 'profiles' | 'revision'>) {
  /** With `earlier` ranks each row tells its trend. */
  const rowsOf = async (board: Leaderboard, list: RankedEntry[], earlier?: EarlierRanks): Promise<Row[]> => {
    const profiles = await players.profiles(list.map((entry) => entry.playerId))
    return list.map((entry) => {
      const profile = profiles.get(entry.playerId)
      return {
        rank: entry.rank,
        playerId: entry.playerId,
        displayName: profile?.displayName ?? entry.playerId,
        score: formatScore(entry.score, board.decimals),
        ...(profile?.region ? { region: profile.region } : {}),
        ...(earlier ? { trend: trendOf(earlier, entry.playerId, entry.rank) } : {}),
      }
    })
  }

  const made = new WeakMap<RankedEntry[], Made>()
  /** The rows of a page: the same ones again for the same list, while nothing else in them may have changed. */
  const pageRows = (board: Leaderboard, list: RankedEntry[], earlier: EarlierRanks): Promise<Row[]> => {
    const { decimals } = board
    const profiles = players.revision()
    const now = performance.now()
    const known = made.get(list)
    if (known?.decimals === decimals && known.earlier === earlier && known.profiles === profiles && known.until > now)
      return known.rows
    const rows = rowsOf(board, list, earlier)
    made.set(list, { rows, decimals, earlier, profiles, until: now + keepMs })
    rows.catch(() => made.delete(list))
    return rows
  }

  return { rowsOf, pageRows }
}
