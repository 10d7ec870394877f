import type { Periods } from '../contract/reads.ts'
import type { LeaderboardType } from '../ranking/leaderboard.ts'
import { defaultType, needsKey, parseSelector } from '../ranking/selector.ts'

export interface Choice {
  selector: string
  label: string
}

export interface ChoiceGroup {
  label: string
  choices: Choice[]
}

const current: Partial<Record<LeaderboardType, string>> = {
  GLOBAL: 'All time',
  SEASONAL: 'This season',
  MONTHLY: 'This month',
  WEEKLY: 'This week',
  DAILY: 'Today',
}
const groups: [string, (type: LeaderboardType, status: string) => boolean][] = [
  ['Regions', (type) => type === 'REGIONAL'],
  ['Sessions', (type) => type === 'SESSION'],
  ['Earlier', (type, status) => type in current && type !== 'GLOBAL' && status !== 'OPEN'],
]

/** What there is to choose on a leaderboard: what is going on first, then regions, sessions and what is over. */
export function standingsChoices(types: readonly LeaderboardType[], periods: Periods['periods']): ChoiceGroup[] {
  const now = types.filter((type) => type in current).map((type) => ({ selector: type, label: standingsLabel(type) }))
  const others = groups.map(([label, belongs]) => ({
    label,
    choices: periods
      .filter(({ standings, status }) => belongs(typeOf(standings), status))
      .map(({ standings }) => ({ selector: standings, label: standingsLabel(standings) })),
  }))
  return [{ label: 'Now', choices: now }, ...others].filter(({ choices }) => choices.length > 0)
}

/** What is shown unless something is chosen: the default standings; where those need a key, the first choice there is. */
export function firstChoice(types: readonly LeaderboardType[], periods: Periods['periods']): string | null {
  const type = defaultType(types)
  return needsKey(type) ? (standingsChoices(types, periods)[0]?.choices[0]?.selector ?? null) : type
}

/** A selector for people: `This week`, `Week 47, 2026`, `Region EU`. */
export function standingsLabel(selector: string): string {
  const parsed = parseSelector(selector)
  if (parsed === null) return selector
  const { type, key } = parsed
  if (key === null) return current[type] ?? selector
  switch (type) {
    case 'WEEKLY': {
      const [year, week] = key.split('-W')
      return `Week ${Number(week)}, ${year}`
    }
    case 'MONTHLY':
      return dateLabel(`${key}-01`, { month: 'long', year: 'numeric' })
    case 'DAILY':
      return dateLabel(key, { day: 'numeric', month: 'short', year: 'numeric' })
    case 'SEASONAL':
      return `Season ${key}`
    case 'REGIONAL':
      return `Region ${key}`
    case 'SESSION':
      return `Session ${key}`
    case 'GLOBAL':
      return selector
  }
}

// The key is a date of the leaderboard's own time zone: it is shown as it is, not moved to that of the reader.
function dateLabel(day: string, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
}

function typeOf(selector: string): LeaderboardType {
  return (selector.split(':')[0] ?? selector) as LeaderboardType
}
