import { externalIdPattern, playerIdPattern, regionPattern, slugPattern } from '../ranking/ids.ts'
import { z } from 'zod'

// The values that several messages share. Patterns are those of docs/protocol.md, "Values".

/** Said of a number that would be another one as a double; Infinity stands for it, see `http/exact-json.ts`. */
export const inexactNumber = 'must be a number that a double (IEEE 754) holds as it is written'

export const leaderboardId = z
  .string()
  .regex(slugPattern, 'must be 1-48 characters of a-z, 0-9 and -, not beginning with -')
  .meta({ example: 'arena' })
export const playerId = z
  .string()
  .regex(playerIdPattern, 'must be 1-64 characters of A-Z, a-z, 0-9 and _.:-, beginning alphanumeric')
  .meta({ example: 'p1' })
export const externalId = z
  .string()
  .regex(externalIdPattern, 'must be 1-64 characters of A-Z, a-z, 0-9 and _.:-')
  .meta({ example: 'm1-7' })
export const region = z.string().regex(regionPattern, 'must be 2-8 characters of A-Z, 0-9 and -')
/** Parsed further by `parseSelector`: only the length is checked here. */
export const selector = z
  .string()
  .min(1)
  .max(80)
  .describe(
    "standings selector, such as GLOBAL or WEEKLY:2026-W47; left out: GLOBAL, else the first of the leaderboard's types",
  )

// Instants are ISO 8601 in UTC; milliseconds may be left out on the way in, the server always writes them.
export const instant = z.iso.datetime({
  message: 'must be an ISO 8601 instant in UTC, such as 2026-11-22T10:00:00.000Z',
})

const firstDay = Date.parse('1800-01-01T00:00:00.000Z')
const afterLastDay = Date.parse('2201-01-01T00:00:00.000Z')

/** An instant that is a date of the game's world: of the years 1800 to 2200. */
export const datedInstant = instant.refine((text) => {
  const at = Date.parse(text)
  return at >= firstDay && at < afterLastDay
}, 'must lie in the years 1800 to 2200')

const controlCharacters = /\p{Cc}/u
export const displayName = z
  .string()
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
  .refine((text) => !controlCharacters.test(text), 'must not contain control characters')
  .refine((text) => {
    const points = Array.from(text).length
    return points >= 1 && points <= 64
  }, 'must be 1-64 code points')

/** Why somebody did something, in their words. */
export const reasonText = z
  .string()
  .min(1)
  .max(500)
  .refine(
    (text) => text.isWellFormed() && !controlCharacters.test(text),
    'must be well-formed Unicode without control characters',
  )

const metadataBytes = 1024
const metadataDepth = 16

/** A small JSON object: at most 1 KiB as JSON, no NUL, 16 levels deep (checked without recursion: input is hostile). */
export const metadata = z
  .custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    message: 'must be an object',
    abort: true,
  })
  .refine(shallow, { message: `must be at most ${metadataDepth} levels deep`, abort: true })
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= metadataBytes, {
    message: 'must be at most 1 KiB as JSON',
    abort: true,
  })
  .refine(storable, 'must not contain NUL characters or broken Unicode')

function shallow(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; depth <= metadataDepth; depth++) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
    if (level.length === 0) return true
  }
  return false
}

function storable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, item]) => storable(key) && storable(item))
}
