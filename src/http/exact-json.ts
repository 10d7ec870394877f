import { isExactNumber } from '../ranking/exact-number.ts'

// A number of 16 digits or more, or with an exponent of three (or something in a text that looks like one). Shorter ones
// survive in any double.
const suspect = /(?:^|[\s:,[])-?\d(?:[\d.]{15,}|[\d.]*e[+-]?\d{3,})(?:[\s,}\]e]|$)/i

/**
 * What `JSON.parse` makes of a text, but for numbers that a double does not hold as they are written: these are Infinity,
 * which no schema takes. In `metadata`, of the object itself or of one in a list, they are what `JSON.parse` makes of them.
 */
export function parseExactJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!suspect.test(text)) return value
  const exact = withInfinities(text)
  return exact === text ? value : withMetadataOf(value, JSON.parse(exact))
}

const quote = '"'.charCodeAt(0)
const backslash = '\\'.charCodeAt(0)
const minus = '-'.charCodeAt(0)
const [zero, nine] = ['0'.charCodeAt(0), '9'.charCodeAt(0)]

// The JSON text with 1e999 for what a double does not hold. A loop: a pattern is fifty times slower on a mebibyte of short
// texts and numbers.
function withInfinities(text: string): string {
  let result = ''
  let copied = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      for (at++; text.charCodeAt(at) !== quote; at++) if (text.charCodeAt(at) === backslash) at++
    } else if (code === minus || (code >= zero && code <= nine)) {
      const start = at
      while (isOfNumber(text.charCodeAt(at + 1))) at++
      const literal = text.slice(start, at + 1)
      if (isExactNumber(literal)) continue
      result += `${text.slice(copied, start)}1e999`
      copied = at + 1
    }
  }
  return result + text.slice(copied)
}

// A digit, or one of + - . e E; false at the end.
function isOfNumber(code: number): boolean {
  return (code >= zero && code <= nine) || code === 43 || code === minus || code === 46 || code === 101 || code === 69
}

// Both have the same form.
function withMetadataOf(value: unknown, exact: unknown): unknown {
  if (!isObject(value) || !isObject(exact)) return exact
  if (Object.hasOwn(value, 'metadata')) exact['metadata'] = value['metadata']
  for (const name of Object.keys(value)) {
    const [list, exactList] = [value[name], exact[name]]
    if (!Array.isArray(list) || !Array.isArray(exactList)) continue
    list.forEach((item: unknown, at) => {
      if (isObject(item) && isObject(exactList[at]) && Object.hasOwn(item, 'metadata'))
        exactList[at]['metadata'] = item['metadata']
    })
  }
  return exact
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
