import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isExactNumber } from '../../../src/ranking/exact-number.ts'

const zeros = '0'.repeat(400)

const words = (text: string) => text.trim().split(/\s+/)

const exact = words(`
  0 -0 0.0 -0.000 0e5 0E-999999 0.${zeros} 0e${'9'.repeat(30)}
  1 10 0.1 0.10 -0.10 1.0 1e3 1E+3 1000e-3 007 ${zeros}5 0.5${zeros}
  0.30000000000000004 9007199254740991 9007199254740992 9007199254740994 4503599627370495.5 123456789012345680
  1e22 1e23 5e-324 2.2250738585072014e-308 1.7976931348623157e308 1e300 1${'0'.repeat(300)}
  0.${zeros}1e401 1${zeros}e-400 0.1e-5 100e-4 1e+0000000000000005
`)

const inexact = words(`
  4503599627370497.5 1.0000000000000001 0.1000000000000000055511151231257827
  9007199254740993 -9007199254740993 123456789012345678 0.30000000000000003 0.300000000000000044
  1e400 -1e400 1e309 1${zeros} 1e-400 -1e-400 4e-324 1.2345e-320 2.2250738585072011e-308
  1e99999999999999999999 1e-99999999999999999999 99999999999999999999.5 0.${zeros}1
`)

test.each(exact)('%s is held as it is written', (literal) => expect(isExactNumber(literal)).toBe(true))
test.each(inexact)('%s would be another number', (literal) => expect(isExactNumber(literal)).toBe(false))

/** The value times 10^1000, which is whole for every literal below. */
function scaled(literal: string): bigint {
  const [, sign, integer = '', fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(literal)!
  const value = BigInt(integer + fraction) * 10n ** BigInt(1000 + Number(power) - fraction.length)
  return sign === '-' ? -value : value
}

test('whatever the digits: exactly when the decimal value survives', () => {
  const digits = fc.stringMatching(/^\d{1,25}$/)
  const literal = fc
    .record({
      sign: fc.constantFrom('', '-'),
      integer: digits,
      fraction: fc.option(digits),
      power: fc.option(fc.oneof(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -400, max: 400 }))),
    })
    .map(({ sign, integer, fraction, power }) =>
      [sign, integer, fraction === null ? '' : `.${fraction}`, power === null ? '' : `e${power}`].join(''),
    )
  const ofDouble = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
  // The digits of a double, one of them changed or one more.
  const nearby = fc
    .tuple(ofDouble, fc.nat(9))
    .map(([text, digit]) => text.replace(/\d(?=e|$)/, (last) => `${last}${digit}`))
  fc.assert(
    fc.property(fc.oneof(literal, ofDouble, nearby), (text) => {
      const held = Number(text)
      expect(isExactNumber(text)).toBe(Number.isFinite(held) && scaled(text) === scaled(String(held)))
    }),
    { numRuns: 5000 },
  )
})

test('a million digits', () => {
  expect(isExactNumber('1'.repeat(1_000_000))).toBe(false)
  expect(isExactNumber(`1.${'0'.repeat(1_000_000)}`)).toBe(true)
  expect(isExactNumber(`1.${'0'.repeat(1_000_000)}1`)).toBe(false)
  expect(isExactNumber(`${'0'.repeat(1_000_000)}1`)).toBe(true)
})
