const maxAheadMs = 60_000

/** Said of an instant that a client reports and that lies ahead. */
export const tooFarAhead = 'must not be more than 60 s ahead'

/** Whether an instant that a client reports lies further ahead of `now` than clocks may differ; epoch milliseconds. */
export function isTooFarAhead(at: number, now: number): boolean {
  return at > now + maxAheadMs
}
