import { formatNumber } from '../cli/progress.ts'

/** Requests that may wait for their answers at once. */
export const maxRequests = 16
/** A step this much later than planned is one of a process that did not get to run. */
const lateMs = 50
/** Until then connections are made, and the server compiles what it runs for the first time. */
const warmUpMs = 5000

/** Why scores were left out: this process ran late, the start, or answers that did not come. */
export type Cause = 'late' | 'warmUp' | 'behind'

/** What is known as a step finds scores that the one before could not send. */
export interface FullStep {
  /** How much later than planned this process came to it. */
  lateMs: number
  /** A late step made up for its time with many requests at once, and some of that is left ever since. */
  catchingUp: boolean
  /** Since the first step. */
  sinceStartMs: number
}

/** Who is to blame for scores that are left out. Answers may be there already where this process did not get to read them. */
export function causeOf(step: FullStep): Cause {
  if (isLate(step.lateMs) || step.catchingUp) return 'late'
  return step.sinceStartMs < warmUpMs ? 'warmUp' : 'behind'
}

/** Whether this process came so late to a step that nothing else can be told from it. */
export function isLate(ms: number): boolean {
  return ms >= lateMs
}

/** What was measured over some time. */
export interface Measured {
  skipped: Readonly<Record<Cause, number>>
  /** Requests that were answered, and how long they took in all. */
  answers: number
  answersMs: number
  /** The latest that this process came to a step. */
  latestMs: number
}

/** Says of some time what was left out and why, with what was measured; null when nothing was. */
export function describeSkipped({ skipped, answers, answersMs, latestMs }: Measured): string | null {
  const took = answers === 0 ? 'no answer came' : `answers took ${formatNumber(Math.round(answersMs / answers))} ms`
  const texts: [Cause, string][] = [
    ['behind', `the server is behind, ${took} with ${maxRequests} requests at a time`],
    ['warmUp', `warming up, ${took}`],
    ['late', `this process ran up to ${formatNumber(Math.round(latestMs))} ms late: the machine is busy`],
  ]
  const parts = texts
    .filter(([cause]) => skipped[cause] > 0)
    .map(([cause, text]) => `${formatNumber(skipped[cause])} left out (${text})`)
  return parts.length === 0 ? null : parts.join(', ')
}
