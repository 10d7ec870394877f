import type { Changed } from './ports/changes.ts'

/** What holds copies of Postgres; each is told what of it counts no more. */
export interface Copies {
  players: { forget(ids: string[] | 'all'): void }
  totals: { forget(ids: string[] | 'all'): void }
  sealed: { forget(standingsIds: number[] | 'all'): void }
  trends: { forget(standingsIds: number[] | 'all'): void }
  live: { profilesChanged(ids: ReadonlySet<string> | 'all'): void; begun(rooms: string[] | 'all'): void }
}

/** Drops every copy that names a person, or tells what a person did: docs/decisions.md lists them. */
export function createDropCopies({ players, totals, sealed, trends, live }: Copies) {
  return (what: Changed | 'all'): void => {
    const all = what === 'all' ? what : null
    const { players: ids, totals: rated, sealed: sealedIds, left, begun } = what === 'all' ? {} : what
    if (all ?? ids) players.forget(all ?? ids!)
    if (all ?? ids ?? rated) totals.forget(all ?? [...(ids ?? []), ...(rated ?? [])])
    if (all ?? sealedIds) sealed.forget(all ?? sealedIds!)
    if (all ?? left) trends.forget(all ?? left!)
    if (all ?? ids) live.profilesChanged(all ?? new Set(ids))
    if (all ?? begun) live.begun(all ?? begun!)
  }
}
