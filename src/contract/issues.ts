import type { z } from 'zod'
import type { Issue } from './errors.ts'

const issuesMax = 20

/** The faults a schema found, 20 at most, as errors carry them. */
export function toIssues(error: z.ZodError): Issue[] {
  return error.issues
    .slice(0, issuesMax)
    .map(({ path, message }) => ({ path: path.map((part) => String(part).slice(0, 64)).join('.'), message }))
}
