import type { PeriodType } from './calendar.ts'
import { DAY_MS, firstDay, firstDayOfKey, keyOfFirstDay, nextFirstDay } from './calendar.ts'
import { localTime, startOfDay } from './zone-clock.ts'

export type { PeriodType } from './calendar.ts'
export { isTimezone } from './zone-clock.ts'

/** Epoch milliseconds, UTC; `endsAt` is exclusive and the next period's `startsAt`. */
export type Period = { readonly key: string; readonly startsAt: number; readonly endsAt: number }

const MAX_ZONES = 256
const MAX_PERIODS = 4
/** The periods last asked for by zone: almost every submission falls into the current one, late ones into the last. */
const recent: Record<PeriodType, Map<string, Period[]>> = { DAILY: new Map(), WEEKLY: new Map(), MONTHLY: new Map() }

/**
 * The period that holds `instant` (epoch milliseconds). A local day begins when the zone's clock first reaches its
 * midnight; an hour that is then repeated belongs to the new day. RangeError: no such zone, or beyond 0001-9999.
 */
export function periodAt(type: PeriodType, instant: number, timezone: string): Period {
  const zones = recent[type]
  const known = zones.get(timezone) ?? []
  const hit = known.find(({ startsAt, endsAt }) => instant >= startsAt && instant < endsAt)
  if (hit) return hit

  let first = firstDay(type, Math.floor(localTime(instant, timezone) / DAY_MS))
  // A clock set back over midnight shows the old day again, after the new one has begun.
  while (startOfDay(nextFirstDay(type, first), timezone) <= instant) first = nextFirstDay(type, first)
  const period = periodFrom(type, first, timezone)
  if (zones.size >= MAX_ZONES) zones.clear()
  zones.set(timezone, [period, ...known.slice(0, MAX_PERIODS - 1)])
  return period
}

/**
 * The period of a key; null when it is malformed, not in the calendar, or a day that the zone skipped (2011-12-30 in
 * Pacific/Apia). RangeError: no such zone.
 */
export function periodOfKey(type: PeriodType, key: string, timezone: string): Period | null {
  const first = firstDayOfKey(type, key)
  if (first === null) return null
  const period = periodFrom(type, first, timezone)
  return period.startsAt < period.endsAt ? period : null
}

/** The period that begins where `period` ends; passes over days the zone skipped. RangeError beyond the year 9999. */
export function nextPeriod(type: PeriodType, period: Period, timezone: string): Period {
  return periodAt(type, period.endsAt, timezone)
}

function periodFrom(type: PeriodType, first: number, timezone: string): Period {
  return Object.freeze({
    key: keyOfFirstDay(type, first),
    startsAt: startOfDay(first, timezone),
    endsAt: startOfDay(nextFirstDay(type, first), timezone),
  })
}
