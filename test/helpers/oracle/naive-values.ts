// Scores by their digits and periods by asking a calendar, with nothing of src/ranking: slow, and hard to get wrong.

export type Periodic = 'DAILY' | 'WEEKLY' | 'MONTHLY'
export interface NaivePeriod {
  key: string
  startsAt: number
  endsAt: number
}

const dayMs = 86_400_000
const longestMs = 33 * dayMs
const calendars = new Map<string, Intl.DateTimeFormat>()
const known = new Map<string, NaivePeriod>()

/** The period that holds an instant (epoch ms). For zones that never change their clocks at midnight. */
export function naivePeriod(type: Periodic, instant: number, timezone: string): NaivePeriod {
  const key = keyAt(type, instant, timezone)
  const name = `${timezone} ${type} ${key}`
  const found = known.get(name) ?? {
    key,
    startsAt: firstDifference(type, instant, instant - longestMs, timezone) + 1,
    endsAt: firstDifference(type, instant, instant + longestMs, timezone),
  }
  known.set(name, found)
  return found
}

function keyAt(type: Periodic, instant: number, timezone: string): string {
  const calendar = calendars.get(timezone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: timezone })
  calendars.set(timezone, calendar)
  const day = calendar.format(instant) // 2026-11-22
  if (type === 'DAILY') return day
  return type === 'MONTHLY' ? day.slice(0, 7) : isoWeek(day)
}

/** A week belongs to the year that has its Thursday, and is counted by the Thursdays before. */
function isoWeek(day: string): string {
  const date = new Date(`${day}T00:00:00Z`)
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * dayMs)
  const year = thursday.getUTCFullYear()
  const before = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs))
  return `${year}-W${String(before + 1).padStart(2, '0')}`
}

/** The instant nearest to `inside` towards `outside` that has another key. */
function firstDifference(type: Periodic, inside: number, outside: number, timezone: string): number {
  const key = keyAt(type, inside, timezone)
  let [near, far] = [inside, outside]
  while (Math.abs(far - near) > 1) {
    const middle = Math.trunc((near + far) / 2)
    if (keyAt(type, middle, timezone) === key) near = middle
    else far = middle
  }
  return far
}

/** The greatest scaled score that is exact. */
export const limitOf = (decimals: number) => (decimals === 0 ? 2n ** 53n - 1n : 10n ** 15n - 1n)

/** The JSON number of a scaled score. */
export function toNumber(scaled: bigint, decimals: number): number {
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(decimals + 1, '0')
  const point = digits.length - decimals
  return Number(`${scaled < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`)
}

/** The scaled score of a JSON number, or the code of what is wrong with it. */
export function toScaled(score: number, decimals: number): bigint | string {
  const [whole = '', fraction = ''] = String(score).split('.')
  if (/e-/.test(String(score)) || fraction.length > decimals) return 'VALIDATION'
  const scaled = BigInt(whole + fraction.padEnd(decimals, '0'))
  return scaled > limitOf(decimals) || scaled < -limitOf(decimals) ? 'SCORE_OUT_OF_RANGE' : scaled
}
