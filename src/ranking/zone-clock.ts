import { DAY_MS } from './calendar.ts'

/** More than any offset from UTC that was ever in use (-15:56 to +15:14). */
const MAX_OFFSET_MS = 16 * 3_600_000
const MAX_CLOCKS = 256

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Whether `name` is an IANA time zone this runtime knows; fixed offsets such as `+05:30` are not names. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    clockOf(name)
    return true
  } catch {
    return false
  }
}

/** Local wall time of an instant, as the epoch milliseconds at which a UTC clock shows the same. RangeError: no such zone. */
export function localTime(instant: number, timezone: string): number {
  if (timezone === 'UTC') return instant
  const field: Record<string, string> = {}
  for (const { type, value } of clockOf(timezone).formatToParts(instant)) field[type] = value
  const year = field['era'] === 'BC' ? 1 - Number(field['year']) : Number(field['year'])
  const midnight = new Date(0).setUTCFullYear(year, Number(field['month']) - 1, Number(field['day']))
  const seconds = Number(field['hour']) * 3600 + Number(field['minute']) * 60 + Number(field['second'])
  return midnight + seconds * 1000 + (((instant % 1000) + 1000) % 1000)
}

/**
 * The instant at which the zone's clock first reaches midnight of `day` (days since 1970-01-01): the first of two
 * midnights, the end of the gap where it is skipped, and the same instant as the next day's where the day is skipped.
 */
export function startOfDay(day: number, timezone: string): number {
  const midnight = day * DAY_MS
  const before = offsetAt(midnight - MAX_OFFSET_MS, timezone)
  const after = offsetAt(midnight + MAX_OFFSET_MS, timezone)
  if (offsetAt(midnight - before, timezone) === before) return midnight - before
  if (offsetAt(midnight - after, timezone) === after) return midnight - after

  let early = midnight - after
  let late = midnight - before
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2)
    if (localTime(middle, timezone) < midnight) early = middle
    else late = middle
  }
  return late
}

function offsetAt(instant: number, timezone: string): number {
  return localTime(instant, timezone) - instant
}

function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(timezone)
  if (known) return known
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  if (clocks.size >= MAX_CLOCKS) clocks.clear()
  clocks.set(timezone, clock)
  return clock
}
