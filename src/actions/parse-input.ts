import type { z } from 'zod'
import { AppError } from '../errors.ts'

/** Parses an external value by its schema; rejects with VALIDATION and one issue per fault. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.map(String).join('.').slice(0, 200),
    message: issue.message,
  }))
  const [first] = issues
  const detail = first ? `${first.path || 'the input'}: ${first.message}` : 'the input is not well formed'
  throw new AppError('VALIDATION', detail, { issues })
}
