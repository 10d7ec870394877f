/** How far a standings list is: it takes scores, has ended, gets its final ranks, or has them. */
export const standingsStatuses = ['OPEN', 'CLOSING', 'SEALING', 'SEALED'] as const
export type StandingsStatus = (typeof standingsStatuses)[number]

/** Whether final ranks are being made or are there: no score changes an entry any more. */
export function isFinal(status: StandingsStatus | undefined): boolean {
  return status === 'SEALING' || status === 'SEALED'
}

/** Epoch milliseconds; `endsAt` null: it has no end. */
type Ending = { readonly endsAt: number | null }

/** Whether a period has ended at `now`; the boundary instant belongs to what follows. It may still take late scores. */
export function isOver({ endsAt }: Ending, now: number): boolean {
  return endsAt !== null && now >= endsAt
}

/** Whether a period takes no late scores any more either: `graceMs` after its end. */
export function isPastGrace({ endsAt }: Ending, graceMs: number, now: number): boolean {
  return endsAt !== null && now >= endsAt + graceMs
}

/**
 * The status of a standings list at `now`, from its end and the status that is `stored` for it, null while it has no row. What
 * is over counts as CLOSING before the job that closes it has come by. Ranks become final by that job alone, so a row is
 * SEALED when it says so; without a row there is nothing to rank, and the end of the grace seals it.
 */
export function statusAt(
  stored: StandingsStatus | null,
  period: Ending,
  graceMs: number,
  now: number,
): StandingsStatus {
  if (stored !== null && stored !== 'OPEN') return stored
  if (!isOver(period, now)) return 'OPEN'
  return stored === null && isPastGrace(period, graceMs, now) ? 'SEALED' : 'CLOSING'
}

/** A season by its times; its standings have a status of their own. */
export function seasonStatusAt(
  season: { startsAt: number; endsAt: number },
  now: number,
): 'SCHEDULED' | 'ACTIVE' | 'ENDED' {
  if (now < season.startsAt) return 'SCHEDULED'
  return isOver(season, now) ? 'ENDED' : 'ACTIVE'
}
