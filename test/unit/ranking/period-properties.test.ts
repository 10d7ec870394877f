import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PeriodType } from '../../../src/ranking/period.ts'
import { nextPeriod, periodAt, periodOfKey } from '../../../src/ranking/period.ts'
import { parseSelector } from '../../../src/ranking/selector.ts'

const MINUTE = 60_000

// Zones that change at midnight, by half an hour, over the date line or often, beside all the others.
const unusual = ['America/Sao_Paulo', 'America/Havana', 'America/St_Johns', 'America/Asuncion', 'Africa/Cairo']
unusual.push('Africa/Casablanca', 'Asia/Beirut', 'Asia/Gaza', 'Asia/Tehran', 'Atlantic/Azores', 'Australia/Lord_Howe')
unusual.push('Pacific/Apia', 'Pacific/Kiritimati', 'Pacific/Kwajalein', 'Antarctica/Troll', 'Africa/Monrovia', 'UTC')

const zones = fc.oneof(fc.constantFrom(...unusual), fc.constantFrom(...Intl.supportedValuesOf('timeZone')))
const types = fc.constantFrom<PeriodType>('DAILY', 'WEEKLY', 'MONTHLY')
const instants = fc.oneof(between('1970-01-01', '2040-01-01'), between('1840-01-01', '2400-01-01'))

test('periods follow one another without gap or overlap, and their keys name them', () => {
  fc.assert(
    fc.property(types, instants, zones, (type, instant, timezone) => {
      const period = periodAt(type, instant, timezone)
      expect(period.startsAt).toBeLessThanOrEqual(instant)
      expect(period.endsAt).toBeGreaterThan(instant)
      expect(periodOfKey(type, period.key, timezone)).toEqual(period)
      expect(parseSelector(`${type}:${period.key}`)).toEqual({ type, key: period.key })

      const next = nextPeriod(type, period, timezone)
      expect(next.startsAt).toBe(period.endsAt)
      expect(next.key > period.key).toBe(true)
      expect(periodAt(type, period.startsAt, timezone)).toEqual(period)
      expect(periodAt(type, period.endsAt - 1, timezone)).toEqual(period)
      expect(periodAt(type, period.startsAt - 1, timezone).endsAt).toBe(period.startsAt)
    }),
    { numRuns: 1000 },
  )
})

test('every key that is accepted names a period with instants, which its first one leads back to', () => {
  // Days around those that some zone skipped or had twice, and any others.
  const changes = ['1844-12-31', '1867-10-18', '1892-07-04', '1899-12-25', '1969-09-30', '1993-08-21', '1994-12-31']
  const near = fc
    .tuple(fc.constantFrom(...changes, '2011-12-30'), fc.integer({ min: -40, max: 40 }))
    .map(([day, off]) => Date.parse(day) + off * 24 * 60 * MINUTE)
  fc.assert(
    fc.property(types, fc.oneof(near, instants), zones, (type, instant, timezone) => {
      // The key as a calendar without zones has it.
      const { key } = periodAt(type, instant, 'UTC')
      const period = periodOfKey(type, key, timezone)
      // Only a day that the clock never showed is refused.
      expect(period !== null || (type === 'DAILY' && !daysShown(instant, timezone).includes(key))).toBe(true)
      if (period === null) return
      expect(period.endsAt).toBeGreaterThan(period.startsAt)
      expect(periodAt(type, period.startsAt, timezone)).toEqual(period)
      expect(periodAt(type, period.endsAt - 1, timezone)).toEqual(period)
      const next = nextPeriod(type, period, timezone)
      expect(next.startsAt).toBe(period.endsAt)
      expect(periodOfKey(type, next.key, timezone)).toEqual(next)
    }),
    { numRuns: 1000 },
  )
})

test('a day starts at the first instant at which the wall clock reaches it', () => {
  const recent = between('1900-01-01', '2100-01-01')
  fc.assert(
    fc.property(recent, zones, (instant, timezone) => {
      const wall = wallClock(timezone)
      const { key, startsAt } = periodAt('DAILY', instant, timezone)
      expect(wall(startsAt) >= key).toBe(true)
      expect(wall(startsAt - 1) < key).toBe(true)
      for (let minutes = 15; minutes <= 26 * 60; minutes += 15) {
        expect(wall(startsAt - minutes * MINUTE) < key).toBe(true)
      }
    }),
    { numRuns: 150 },
  )
})

test('weeks and months begin where one of their days does', () => {
  fc.assert(
    fc.property(instants, zones, (instant, timezone) => {
      const week = periodAt('WEEKLY', instant, timezone)
      const month = periodAt('MONTHLY', instant, timezone)
      const firstOfMonth = periodOfKey('DAILY', `${month.key}-01`, timezone)
      expect(month.startsAt).toBe(firstOfMonth?.startsAt)

      const monday = periodAt('DAILY', week.startsAt, timezone)
      expect(monday.startsAt).toBe(week.startsAt)
      const { key } = periodAt('WEEKLY', Date.parse(monday.key), 'UTC')
      expect(week.key).toBe(key)
    }),
    { numRuns: 300 },
  )
})

function between(from: string, to: string): fc.Arbitrary<number> {
  return fc.integer({ min: Date.parse(from), max: Date.parse(to) })
}

/** The dates that the zone's clock shows around an instant. */
function daysShown(instant: number, timezone: string): string[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short' })
  const quarters = Array.from({ length: 8 * 24 * 4 }, (_, at) => instant + (at - 4 * 24 * 4) * 15 * MINUTE)
  return [...new Set(quarters.map((one) => format.format(one)))]
}

/** `2026-11-22 00:00:00`, which sorts as text after the bare date. */
function wallClock(timezone: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' })
  return (instant) => format.format(instant)
}
