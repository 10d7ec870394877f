import type { z } from 'zod'
import type { Issue } from '../contract/errors.ts'
import { inexactNumber } from '../contract/values.ts'
import { AppError } from '../errors.ts'
import { unknownFields } from './unknown-fields.ts'

const issuesMax = 20

/** Parses an external value by its schema; rejects with VALIDATION and one issue per fault, unknown fields first. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = issuesOf(schema, parsed.error.issues)
  const [first] = issues
  const detail = first ? `${first.path || 'the input'}: ${first.message}` : 'the input is not well formed'
  throw new AppError('VALIDATION', detail, { issues })
}

// What is missing is often there under another name: then the name is what to say.
function issuesOf(schema: z.ZodType, found: z.core.$ZodIssue[]): Issue[] {
  const unknown: Issue[] = []
  const others: Issue[] = []
  for (const issue of found) {
    if (issue.code === 'unrecognized_keys') unknown.push(...unknownFields(schema, issue, issuesMax - unknown.length))
    else if (others.length < issuesMax)
      others.push({ path: issue.path.map(String).join('.').slice(0, 200).toWellFormed(), message: messageOf(issue) })
  }
  return [...unknown, ...others].slice(0, issuesMax)
}

function messageOf(issue: z.core.$ZodIssue): string {
  return 'received' in issue && issue.received === 'Infinity' ? inexactNumber : issue.message
}
