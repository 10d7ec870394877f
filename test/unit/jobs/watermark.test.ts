import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commonSnapshot, formatWatermark, parseWatermark, speaksOf } from '../../../src/jobs/watermark.ts'

const at = (xmax: string, open: string[] = [], lastId = 7) => ({
  identity: 'ab1',
  lastId,
  snapshot: { xmax, open },
  restoring: null as string | null,
})

describe('a watermark as text', () => {
  test.each([
    ['ab1 7 90:90:', at('90')],
    ['ab1 7 83:90:83,88', at('90', ['83', '88'])],
    ['ab1 7 90:90: 85', { ...at('90'), restoring: '85' }],
    ['ab1 7 83:90:83,88 85', { ...at('90', ['83', '88']), restoring: '85' }],
  ])('%s', (text, mark) => expect([parseWatermark(text), formatWatermark(mark, mark.restoring)]).toEqual([mark, text]))
  test('one of before there were snapshots: all below it was settled', () =>
    expect(parseWatermark('ab1 7 90')).toEqual(at('90')))
  test.each([
    '',
    'none',
    'ab1 7',
    'ab1 7 90:',
    'ab1 7 90:91',
    'ab1 7 90:91:,',
    'ab1 7 90:91:90,',
    'ab1 7 90:91: ',
    'ab1 7 90:91: x',
    'ab1 7 90 85',
    'xyz 7 90',
    'ab1 7 9x',
  ])('%s is none', (text) => expect(parseWatermark(text)).toBeNull())
})

test.each([
  ['the same', at('90'), true],
  ['an older one', at('80', ['70'], 6), true],
  ['one of a later ledger', at('90', [], 8), false],
  ['one of a later transaction', at('91'), false],
  ['one of another database', { ...at('90'), identity: 'ab2' }, false],
  ['none', null, false],
])('%s speaks of a database: %s', (_, mark, speaks) => expect(speaksOf(mark, at('90', ['85']))).toBe(speaks))

test('what is read since several watermarks is what any of them lacks', () => {
  const id = fc.integer({ min: 1, max: 120 })
  const snapshot = fc
    .tuple(id, fc.uniqueArray(id, { maxLength: 6 }))
    .map(([xmax, ids]) => ({ xmax: String(xmax), open: ids.filter((xid) => xid < xmax).map(String) }))
  const lacks = ({ xmax, open }: { xmax: string; open: string[] }, xid: number) =>
    xid >= Number(xmax) || open.includes(String(xid))
  fc.assert(
    fc.property(fc.array(snapshot, { minLength: 1, maxLength: 5 }), (snapshots) => {
      const common = commonSnapshot(snapshots)
      for (let xid = 1; xid <= 130; xid++) expect(lacks(common, xid)).toBe(snapshots.some((one) => lacks(one, xid)))
    }),
  )
})
