import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExactJson } from '../../../src/http/exact-json.ts'

const lost = '4503599627370497.5'

test.each([
  ['a number', `{"score":${lost}}`, { score: Infinity }],
  ['a negative one', `{"score":-${lost}}`, { score: Infinity }],
  ['with spaces', `{ "score" :\t${lost}\n}`, { score: Infinity }],
  ['too small', '{"score":1e-400}', { score: Infinity }],
  ['in upper case', '{"score":1E-400}', { score: Infinity }],
  ['among others', `{"a":[1,${lost},2],"b":0.1}`, { a: [1, Infinity, 2], b: 0.1 }],
  ['on its own', lost, Infinity],
  ['the last of two of a name', `{"score":${lost},"score":5}`, { score: 5 }],
  ['the first of two of a name', `{"score":5,"score":${lost}}`, { score: Infinity }],
])('%s that a double does not hold', (_name, text, value) => expect(parseExactJson(text)).toEqual(value))

test('what a double holds stays, however it is written', () => {
  const text = '{"a":[0.10,1e3,-0,0.30000000000000004,1.7976931348623157e308,5e-324,1.00000000000000000000000]}'
  expect(parseExactJson(text)).toEqual(JSON.parse(text))
})

test('texts stay, whatever is in them', () => {
  const texts = [`: ${lost}`, `",${lost},"`, `\\":${lost}`, '[1e-400]', `\\\\":${lost}`, `\u2028,${lost}`, '1e-400']
  const value = { ...Object.fromEntries(texts.map((text) => [text, text])), score: 0.5 }
  expect(parseExactJson(JSON.stringify(value))).toEqual(value)
  const marked = JSON.stringify({ ...value, score: 0 }).replace('"score":0', `"score":${lost}`)
  expect(parseExactJson(marked)).toEqual({ ...value, score: Infinity })
})

test('metadata are what JSON.parse makes of them', () => {
  const metadata = `{"at":${lost},"deep":[{"metadata":1e-400}]}`
  const kept = JSON.parse(metadata) as unknown
  expect(parseExactJson(`{"metadata":${metadata},"score":1}`)).toEqual({ metadata: kept, score: 1 })
  const batch = `{"submissions":[{"metadata":${metadata},"score":${lost}},null,5,{"score":${lost}}],"metadata":${lost}}`
  expect(parseExactJson(batch)).toEqual({
    submissions: [{ metadata: kept, score: Infinity }, null, 5, { score: Infinity }],
    metadata: Number(lost),
  })
})

test('__proto__ is a name like any other', () => {
  const value = parseExactJson(
    `{"__proto__":{"score":${lost}},"a":[{"__proto__":{"metadata":1}}],"b":${lost}}`,
  ) as object
  expect(Object.keys(value)).toEqual(['__proto__', 'a', 'b'])
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(JSON.stringify(value)).toBe('{"__proto__":{"score":null},"a":[{"__proto__":{"metadata":1}}],"b":null}')
})

describe('a mebibyte of hostile text', () => {
  const size = 1024 * 1024
  const filled = (part: string) => part.repeat(Math.floor(size / part.length))
  test.each([
    ['digits', `{"score":1${filled('0')}1}`],
    ['small numbers', `[${filled('1,')}${lost}]`],
    ['long numbers', `[${filled(`${lost},`)}1]`],
    ['brackets', `${'['.repeat(size / 2)}${lost}${']'.repeat(size / 2)}`],
    ['escapes', `["${filled('\\"')}",${lost}]`],
    ['names', `{${filled(`"a":${lost},`)}"b":1}`],
    ['zeros', `[${filled(`0.${'0'.repeat(1000)}1,`)}1]`],
    ['exponents', `[${filled('1e-999,')}1]`],
    ['what looks like a number in a text', `["${filled(' 1e')}",${lost}]`],
  ])('%s', (_name, text) => {
    const value = parseExactJson(text)
    expect(typeof value).toBe('object')
  })

  test.each(['{"score":1e-400', `[${lost},]`, `["${lost}`, `{"a" ${lost}}`, `[0${lost}]`, `[.${lost}]`, `[+${lost}]`])(
    'broken: %s',
    (text) => expect(() => parseExactJson(text)).toThrow(SyntaxError),
  )
})

test('any JSON is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1), (value, space) => {
      const text = JSON.stringify(value, null, space)
      expect(parseExactJson(text)).toEqual(JSON.parse(text))
    }),
  )
})
