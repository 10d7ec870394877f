import { describe, expect, test } from 'vitest'
import type { PeriodType } from '../../../src/ranking/period.ts'
import { isTimezone, nextPeriod, periodAt, periodOfKey } from '../../../src/ranking/period.ts'

const at = (text: string): number => Date.parse(text)

// ISO 8601 weeks: the week of January 1, the first day of W01, the number of weeks.
test.each([
  [2004, '2004-W01', '2003-12-29', 53],
  [2005, '2004-W53', '2005-01-03', 52],
  [2006, '2005-W52', '2006-01-02', 52],
  [2007, '2007-W01', '2007-01-01', 52],
  [2008, '2008-W01', '2007-12-31', 52],
  [2009, '2009-W01', '2008-12-29', 53],
  [2010, '2009-W53', '2010-01-04', 52],
  [2011, '2010-W52', '2011-01-03', 52],
  [2012, '2011-W52', '2012-01-02', 52],
  [2013, '2013-W01', '2012-12-31', 52],
  [2014, '2014-W01', '2013-12-30', 52],
  [2015, '2015-W01', '2014-12-29', 53],
  [2016, '2015-W53', '2016-01-04', 52],
  [2017, '2016-W52', '2017-01-02', 52],
  [2018, '2018-W01', '2018-01-01', 52],
  [2019, '2019-W01', '2018-12-31', 52],
  [2020, '2020-W01', '2019-12-30', 53],
  [2021, '2020-W53', '2021-01-04', 52],
  [2022, '2021-W52', '2022-01-03', 52],
  [2023, '2022-W52', '2023-01-02', 52],
  [2024, '2024-W01', '2024-01-01', 52],
  [2025, '2025-W01', '2024-12-30', 52],
  [2026, '2026-W01', '2025-12-29', 53],
  [2027, '2026-W53', '2027-01-04', 52],
  [2028, '2027-W52', '2028-01-03', 52],
  [2029, '2029-W01', '2029-01-01', 52],
  [2030, '2030-W01', '2029-12-31', 52],
  [2031, '2031-W01', '2030-12-30', 52],
  [2032, '2032-W01', '2031-12-29', 53],
])('the weeks of %i', (year, newYearsWeek, firstMonday, weeks) => {
  expect(periodAt('WEEKLY', at(`${year}-01-01`), 'UTC').key).toBe(newYearsWeek)
  expect(periodOfKey('WEEKLY', `${year}-W01`, 'UTC')?.startsAt).toBe(at(firstMonday))
  expect(periodOfKey('WEEKLY', `${year}-W${weeks}`, 'UTC')).not.toBeNull()
  expect(periodOfKey('WEEKLY', `${year}-W${weeks + 1}`, 'UTC')).toBeNull()
})

describe('a day begins when the clock first reaches its midnight', () => {
  test.each([
    ['UTC', '2026-11-22', '2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['Asia/Kolkata', '2026-11-22', '2026-11-21T18:30:00Z', '2026-11-22T18:30:00Z'],
    // 23 and 25 hours
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    // half an hour
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00Z', '2026-04-05T13:30:00Z'],
    // no midnight: 00:00 became 01:00
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
    ['Africa/Cairo', '2023-04-28', '2023-04-27T22:00:00Z', '2023-04-28T21:00:00Z'],
    ['Asia/Beirut', '2022-03-27', '2022-03-26T22:00:00Z', '2022-03-27T21:00:00Z'],
    ['America/Havana', '2023-03-12', '2023-03-12T05:00:00Z', '2023-03-13T04:00:00Z'],
    // the hour before midnight twice
    ['America/Sao_Paulo', '2018-02-17', '2018-02-17T02:00:00Z', '2018-02-18T03:00:00Z'],
    ['Asia/Beirut', '2022-10-29', '2022-10-28T21:00:00Z', '2022-10-29T22:00:00Z'],
    // midnight twice: 01:00 became 00:00, 00:01 became 23:01 of the day before
    ['America/Havana', '2023-11-05', '2023-11-05T04:00:00Z', '2023-11-06T05:00:00Z'],
    ['America/St_Johns', '2010-11-07', '2010-11-07T02:30:00Z', '2010-11-08T03:30:00Z'],
    // local mean time, with seconds
    ['Africa/Monrovia', '1970-01-02', '1970-01-02T00:44:30Z', '1970-01-03T00:44:30Z'],
    ['America/New_York', '1883-01-02', '1883-01-02T04:56:02Z', '1883-01-03T04:56:02Z'],
    // over the date line: a day left out, a day twice
    ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z'],
    ['America/Juneau', '1867-10-19', '1867-10-18T08:57:41Z', '1867-10-20T08:57:41Z'],
  ])('%s %s', (timezone, key, startsAt, endsAt) => {
    const period = { key, startsAt: at(startsAt), endsAt: at(endsAt) }
    expect(periodOfKey('DAILY', key, timezone)).toEqual(period)
    expect(periodAt('DAILY', period.startsAt, timezone)).toEqual(period)
    expect(periodAt('DAILY', period.endsAt - 1, timezone)).toEqual(period)
    expect(periodAt('DAILY', period.startsAt - 1, timezone).key < key).toBe(true)
    expect(periodAt('DAILY', period.endsAt, timezone).key > key).toBe(true)
  })

  test('an hour repeated after midnight stays in the new day', () => {
    const shown = new Intl.DateTimeFormat('en-US', { timeZone: 'America/St_Johns', day: 'numeric' })
    const repeated = at('2010-11-07T03:00:00Z')
    expect(shown.format(repeated)).toBe('6')
    expect(periodAt('DAILY', repeated, 'America/St_Johns').key).toBe('2010-11-07')
  })

  // Every one that time zone data know of: a jump of a whole day over the date line, always at midnight.
  test.each([
    ['Asia/Manila', '1844-12-31', '1844-12-31T15:56:08Z'],
    ['Pacific/Guam', '1844-12-31', '1844-12-31T14:21:00Z'],
    ['Pacific/Kosrae', '1844-12-31', '1844-12-31T13:08:04Z'],
    ['Pacific/Palau', '1844-12-31', '1844-12-31T15:02:04Z'],
    ['Pacific/Saipan', '1844-12-31', '1844-12-31T14:21:00Z'],
    ['Pacific/Kwajalein', '1993-08-21', '1993-08-21T12:00:00Z'],
    ['Pacific/Kiritimati', '1994-12-31', '1994-12-31T10:00:00Z'],
    ['Pacific/Enderbury', '1994-12-31', '1994-12-31T11:00:00Z'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z'],
    ['Pacific/Fakaofo', '2011-12-30', '2011-12-30T11:00:00Z'],
  ])('%s skipped %s: there is no such day, and the one after follows the one before', (timezone, key, moment) => {
    expect(periodOfKey('DAILY', key, timezone)).toBeNull()
    const before = periodAt('DAILY', at(moment) - 1, timezone)
    const after = nextPeriod('DAILY', before, timezone)
    expect(periodAt('DAILY', at(key) - 86_400_000, 'UTC').key).toBe(before.key)
    expect(periodAt('DAILY', at(key) + 86_400_000, 'UTC').key).toBe(after.key)
    expect([before.endsAt, after.startsAt]).toEqual([at(moment), at(moment)])
    // The week and the month of the day are a day shorter.
    for (const type of ['WEEKLY', 'MONTHLY'] as const) {
      const whole = periodAt(type, at(key), 'UTC')
      const period = periodOfKey(type, whole.key, timezone)!
      expect(period.endsAt - period.startsAt).toBe(whole.endsAt - whole.startsAt - 86_400_000)
      expect(periodAt(type, period.startsAt, timezone)).toEqual(period)
      expect(nextPeriod(type, period, timezone).startsAt).toBe(period.endsAt)
    }
  })

  // The clock showed a day again: from its midnight, or for the rest of it and then the next one again.
  test.each([
    ['America/Anchorage', '1867-10-19', 48],
    ['America/Sitka', '1867-10-19', 48],
    ['Pacific/Apia', '1892-07-04', 48],
    ['Pacific/Pago_Pago', '1892-07-04', 48],
    ['Pacific/Rarotonga', '1899-12-25', 48],
    ['Pacific/Kwajalein', '1969-09-30', 47],
  ])('%s had %s twice: one day of %i hours', (timezone, key, hours) => {
    const period = periodOfKey('DAILY', key, timezone)!
    expect(Math.round((period.endsAt - period.startsAt) / 3_600_000)).toBe(hours)
    for (let hour = 0; hour < hours; hour++)
      expect(periodAt('DAILY', period.startsAt + hour * 3_600_000, timezone).key).toBe(key)
    expect(nextPeriod('DAILY', period, timezone).startsAt).toBe(period.endsAt)
  })
})

test.each<[PeriodType, string, string, string, string, string]>([
  ['WEEKLY', '2026-W47', 'UTC', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z', '2026-W48'],
  ['WEEKLY', '2026-W13', 'Europe/Berlin', '2026-03-22T23:00:00Z', '2026-03-29T22:00:00Z', '2026-W14'],
  ['WEEKLY', '2026-W53', 'America/New_York', '2026-12-28T05:00:00Z', '2027-01-04T05:00:00Z', '2027-W01'],
  ['MONTHLY', '2026-11', 'UTC', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', '2026-12'],
  ['MONTHLY', '2026-10', 'Europe/Berlin', '2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z', '2026-11'],
  ['MONTHLY', '2028-02', 'Asia/Tokyo', '2028-01-31T15:00:00Z', '2028-02-29T15:00:00Z', '2028-03'],
  ['MONTHLY', '2026-12', 'Pacific/Kiritimati', '2026-11-30T10:00:00Z', '2026-12-31T10:00:00Z', '2027-01'],
  ['DAILY', '0001-01-01', 'UTC', '0001-01-01T00:00:00Z', '0001-01-02T00:00:00Z', '0001-01-02'],
  ['WEEKLY', '0001-W01', 'UTC', '0001-01-01T00:00:00Z', '0001-01-08T00:00:00Z', '0001-W02'],
  ['MONTHLY', '0099-12', 'UTC', '0099-12-01T00:00:00Z', '0100-01-01T00:00:00Z', '0100-01'],
])('%s:%s in %s, and the one after', (type, key, timezone, startsAt, endsAt, next) => {
  const period = { key, startsAt: at(startsAt), endsAt: at(endsAt) }
  expect(periodOfKey(type, key, timezone)).toEqual(period)
  expect(periodAt(type, period.endsAt - 1, timezone)).toEqual(period)
  expect(nextPeriod(type, period, timezone)).toMatchObject({ key: next, startsAt: period.endsAt })
})

test('the first and last periods there are, and nothing beyond', () => {
  const end = at('+010000-01-01T00:00:00Z')
  expect(periodAt('DAILY', end - 1, 'UTC')).toEqual({ key: '9999-12-31', startsAt: end - 86_400_000, endsAt: end })
  expect(periodAt('WEEKLY', end - 1, 'UTC').key).toBe('9999-W52')
  expect(periodAt('MONTHLY', end - 1, 'UTC').key).toBe('9999-12')
  expect(() => periodAt('DAILY', end, 'UTC')).toThrow(RangeError)
  expect(periodAt('DAILY', end, 'America/New_York').key).toBe('9999-12-31')
  const beginning = at('0001-01-01T00:00:00Z')
  expect(() => periodAt('DAILY', beginning - 1, 'UTC')).toThrow(RangeError)
  expect(() => periodAt('DAILY', beginning, 'America/New_York')).toThrow(RangeError)
  expect(periodAt('DAILY', beginning, 'Asia/Tokyo').key).toBe('0001-01-01')
  expect(() => periodAt('DAILY', NaN, 'UTC')).toThrow(RangeError)
})

test.each<[PeriodType, string[]]>([
  ['DAILY', ['', '2026-11', '2026-02-29', '2026-02-30', '2026-04-31', '2026-13-01', '0000-01-01', '2026-1-1', 'x']],
  ['WEEKLY', ['', '2026-W00', '2026-W54', '2025-W53', '2026-47', '2026-W7', '2026-W477', '0000-W10', '9999-W53']],
  ['MONTHLY', ['', '2026-00', '2026-13', '2026-1', '2026-11-01', '0000-01', '12026-01', '2026-11\n']],
])('%s has no %j', (type, keys) => {
  expect(keys.map((key) => periodOfKey(type, key, 'Europe/Berlin'))).toEqual(keys.map(() => null))
})

test('time zones are known by name', () => {
  const known = ['UTC', 'Etc/GMT+5', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta']
  const unknown = ['', 'Mars/Olympus', '+05:30', '-08', 'Europe/Berlin ', 'undefined']
  expect(known.filter((name) => !isTimezone(name))).toEqual([])
  expect(unknown.filter((name) => isTimezone(name))).toEqual([])
  expect(() => periodAt('DAILY', 0, 'Mars/Olympus')).toThrow(RangeError)
})
