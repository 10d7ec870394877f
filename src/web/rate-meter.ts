export interface RateMeter {
  count(now: number): void
  perSecond(now: number): number
  reset(now: number): void
}

/** Counts how often something happens, over the last `windowMs` or since the last reset if that was later. */
export function createRateMeter(windowMs: number): RateMeter {
  let since = 0
  let times: number[] = []
  return {
    count: (now) => void times.push(now),
    perSecond(now) {
      times = times.filter((time) => time > now - windowMs)
      // The first moments would make a rate of nearly nothing out of one event.
      return (times.length * 1000) / Math.min(windowMs, Math.max(1000, now - since))
    },
    reset(now) {
      since = now
      times = []
    },
  }
}
