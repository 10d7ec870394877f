import type { Effect } from '../../ranking/fold-batch.ts'
import type { StoredEffect } from '../schema/submissions.ts'

/** An effect as the ledger keeps it. */
export function toStored({ standingsId, selector, score, previous, reason }: Effect): StoredEffect {
  const stored: StoredEffect = { a: score, b: previous }
  if (standingsId === null) stored.k = selector
  else stored.s = standingsId
  // A removal is a row of its own.
  if (reason !== null && reason !== 'REMOVED') stored.r = reason
  return stored
}

/** The inverse of `toStored`. */
export function toEffect(stored: StoredEffect): Effect {
  return {
    standingsId: stored.s ?? null,
    selector: stored.k ?? '',
    score: stored.a,
    previous: stored.b,
    reason: stored.r ?? null,
  }
}

/** In SQL, of a column `effect` that holds one: the standings it is about, and why nothing changed. */
export const effectStandings = `(effect ->> 's')::int8`
export const effectReason = `effect ->> 'r'`
