export interface BackOffLimits {
  /** Milliseconds before the second attempt, at most. */
  baseMs: number
  /** Milliseconds between two attempts, at most. */
  maxMs: number
  /** The delay doubles with each attempt up to this one and then stays; without it `maxMs` alone is the limit. */
  attempts?: number
}

/**
 * Milliseconds to wait after attempt 1, 2, ... has failed. The ceiling doubles from `baseMs` to `maxMs`; half of it is
 * fixed and half by `chance` (from 0 to 1), so that what failed together does not come back together: "equal jitter" of
 * Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backOff(attempt: number, limits: BackOffLimits, chance: number = Math.random()): number {
  const { baseMs, maxMs, attempts = Infinity } = limits
  const doublings = Math.max(0, Math.min(attempt, attempts) - 1)
  const ceiling = Math.min(maxMs, baseMs * 2 ** doublings)
  return ceiling / 2 + (ceiling / 2) * chance
}

/** A pause of about `ms`, by chance a quarter shorter or longer: what began together does not go on together. */
export function spread(ms: number, chance: number = Math.random()): number {
  return ms * (0.75 + chance / 2)
}
