export type PeriodType = 'DAILY' | 'WEEKLY' | 'MONTHLY'

export const DAY_MS = 86_400_000

const keyShapes: Record<PeriodType, RegExp> = {
  DAILY: /^(\d{4})-(\d{2})-(\d{2})$/,
  WEEKLY: /^(\d{4})-W(\d{2})$/,
  MONTHLY: /^(\d{4})-(\d{2})$/,
}

// Days are counted from 1970-01-01, a Thursday, in the proleptic Gregorian calendar; no zones here.

/** The first day of the period that holds `day`. */
export function firstDay(type: PeriodType, day: number): number {
  if (type === 'DAILY') return day
  if (type === 'WEEKLY') return day - weekday(day)
  return day - new Date(day * DAY_MS).getUTCDate() + 1
}

/** The first day of the period after the one that begins at `first`. */
export function nextFirstDay(type: PeriodType, first: number): number {
  if (type === 'DAILY') return first + 1
  if (type === 'WEEKLY') return first + 7
  return firstDay('MONTHLY', first + 31)
}

/** The key of the period that begins at `first`: `2026-11-22`, `2026-W47`, `2026-11`. RangeError beyond 0001-9999. */
export function keyOfFirstDay(type: PeriodType, first: number): string {
  // A week belongs to the year of its Thursday.
  const date = new Date((type === 'WEEKLY' ? first + 3 : first) * DAY_MS)
  const year = date.getUTCFullYear()
  if (!(year >= 1 && year <= 9999)) throw new RangeError('period outside the years 0001 to 9999')
  if (type === 'DAILY') return date.toISOString().slice(0, 10)
  if (type === 'MONTHLY') return date.toISOString().slice(0, 7)
  const week = (first - firstDay('WEEKLY', dayOf(year, 1, 4))) / 7 + 1
  return `${String(year).padStart(4, '0')}-W${String(week).padStart(2, '0')}`
}

/** The first day of the period a key names; null when it is malformed or there is no such day, week or month. */
export function firstDayOfKey(type: PeriodType, key: string): number | null {
  const match = keyShapes[type].exec(key)
  if (!match) return null
  const [year = 0, second = 0, third = 1] = match.slice(1).map(Number)
  const first =
    type === 'WEEKLY' ? firstDay('WEEKLY', dayOf(year, 1, 4)) + 7 * (second - 1) : dayOf(year, second, third)
  if (first < dayOf(1, 1, 1) || first > dayOf(9999, 12, 31)) return null
  // What does not exist (02-30, W53 in a short year) runs over into a period of another name.
  return keyOfFirstDay(type, first) === key ? first : null
}

function weekday(day: number): number {
  return (((day + 3) % 7) + 7) % 7
}

function dayOf(year: number, month: number, day: number): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MS
}
