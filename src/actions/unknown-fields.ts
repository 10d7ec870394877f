import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import type { Issue } from '../contract/errors.ts'

const nameMax = 64

/** One issue a field that the schema does not know, with the known one that may have been meant; at most `limit`. */
export function unknownFields(
  schema: z.ZodType,
  { path, keys }: { path: PropertyKey[]; keys: string[] },
  limit: number,
): Issue[] {
  const known = fieldsAt(schema, path)
  return keys.slice(0, limit).map((key) => {
    // Names come from outside: of any length, and with halves of characters.
    const name = key.length > nameMax ? `${key.slice(0, nameMax)}…` : key
    return { path: [...path, name].map(String).join('.').toWellFormed(), message: messageFor(key, known) }
  })
}

function messageFor(key: string, known: string[]): string {
  if (known.length === 0) return 'is unknown: nothing is taken here'
  const near = nearest(key, known)
  return near === undefined ? 'is unknown' : `is unknown, did you mean ${near}?`
}

/** The names that the object at the path may have. */
function fieldsAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  let at: unknown = unwrap(schema)
  for (const step of path) {
    if (at instanceof z.ZodArray) at = unwrap(at.element)
    else if (at instanceof z.ZodObject) at = unwrap((at.shape as Record<PropertyKey, unknown>)[step])
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : []
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return unwrap(schema.unwrap())
  return schema
}

/** The name that differs least, in a third of its letters at most (one at least, but of a single letter); the same but for case wins. */
function nearest(key: string, known: string[]): string | undefined {
  const lower = key.toLowerCase()
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const name of known) {
    const most = name.length === 1 ? 0 : Math.max(1, Math.floor(name.length / 3))
    if (Math.abs(name.length - lower.length) > most) continue
    const differs = distance(lower, name.toLowerCase())
    if (differs > most || differs >= least) continue
    best = name
    least = differs
  }
  return best
}
