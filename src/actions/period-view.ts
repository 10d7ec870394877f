import { iso } from './iso.ts'
import type { PeriodView, Periods } from '../contract/reads.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { formatSelector } from '../ranking/selector.ts'
import { statusAt, type StandingsStatus } from '../ranking/status.ts'
import type { ResolvedStandings } from './resolve-standings.ts'
import type { Standings } from './ports/standings.ts'

// How clients see periods and their status. `now` is in epoch milliseconds.

/** The status of a standings list, whether or not it has a row. */
export function statusOf(named: ResolvedStandings, now: number): StandingsStatus {
  return statusAt(named.row?.status ?? null, named, named.board.graceMs, now)
}

/** Null for what has no end: GLOBAL, REGIONAL, and a session that is not closed. */
export function periodOf(named: ResolvedStandings, now: number): PeriodView | null {
  const startsAt = named.row ? beginningOf(named.row) : named.startsAt
  if (startsAt === null || named.endsAt === null) return null
  return { startsAt: iso(startsAt), endsAt: iso(named.endsAt), status: statusOf(named, now) }
}

/** A standings row as the list of periods shows it. */
export function periodView(
  { graceMs }: Pick<Leaderboard, 'graceMs'>,
  row: Standings,
  total: number | null,
  now: number,
): Periods['periods'][number] {
  const startsAt = beginningOf(row)
  return {
    standings: formatSelector(row.type, row.key),
    startsAt: iso(startsAt),
    endsAt: iso(row.endsAt),
    status: statusAt(row.status, row, graceMs, now),
    total,
  }
}

/** A session begins with its first submission. */
function beginningOf(row: Standings): number | null {
  return row.type === 'SESSION' ? row.createdAt : row.startsAt
}
