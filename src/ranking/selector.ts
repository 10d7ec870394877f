import { externalIdPattern, regionPattern, slugPattern } from './ids.ts'
import { firstDayOfKey } from './calendar.ts'
import type { LeaderboardType } from './leaderboard.ts'
import { leaderboardTypes } from './leaderboard.ts'

/** Names one standings of a leaderboard; `key` null: none given, that is the current one. */
export type Selector = { type: LeaderboardType; key: string | null }

/** Reads `GLOBAL`, `WEEKLY`, `WEEKLY:2026-W47`, `REGIONAL:EU`, ...; null when malformed or not in the calendar. */
export function parseSelector(text: string): Selector | null {
  const colon = text.indexOf(':')
  const name = colon === -1 ? text : text.slice(0, colon)
  const key = colon === -1 ? null : text.slice(colon + 1)
  const type = leaderboardTypes.find((known) => known === name)
  return type && isKeyOf(type, key) ? { type, key } : null
}

/** The standings meant when none are named: GLOBAL, else the first of the leaderboard's types, without a key. */
export function defaultType(types: readonly LeaderboardType[]): LeaderboardType {
  return types.includes('GLOBAL') ? 'GLOBAL' : types[0]!
}

/** Whether standings of the type can be named with a key only: no region and no session is the current one. */
export function needsKey(type: LeaderboardType): type is 'REGIONAL' | 'SESSION' {
  return type === 'REGIONAL' || type === 'SESSION'
}

/** The inverse of `parseSelector`; the key of GLOBAL may be null or empty. */
export function formatSelector(type: LeaderboardType, key: string | null): string {
  return key === null || key === '' ? type : `${type}:${key}`
}

function isKeyOf(type: LeaderboardType, key: string | null): boolean {
  if (type === 'REGIONAL') return key !== null && regionPattern.test(key)
  if (type === 'SESSION') return key !== null && externalIdPattern.test(key)
  if (key === null) return true
  if (type === 'GLOBAL') return false
  if (type === 'SEASONAL') return slugPattern.test(key)
  return firstDayOfKey(type, key) !== null
}
