import { expect, test } from 'vitest'
import { causeOf, describeSkipped, isLate, type Measured } from '../../../src/demo/live-verdict.ts'

test.each([
  ['a stall of this process, at the start', 'late', { lateMs: 900, sinceStartMs: 1000 }],
  ['a stall of this process, later', 'late', { lateMs: 50, sinceStartMs: 60_000 }],
  ['the requests that made up for a stall', 'late', { catchingUp: true, sinceStartMs: 60_000 }],
  ['answers that are slow at first', 'warmUp', { lateMs: 10, sinceStartMs: 4999 }],
  ['answers that are slow after the start', 'behind', { lateMs: 10, sinceStartMs: 5000 }],
  ['answers that are slow for long', 'behind', { lateMs: 49, sinceStartMs: 600_000 }],
] as const)('%s: %s', (_, cause, step) => {
  expect(causeOf({ lateMs: 0, catchingUp: false, ...step })).toBe(cause)
})

test.each([
  [0, false],
  [49, false],
  [50, true],
])('%i ms late: %s', (ms, late) => {
  expect(isLate(ms)).toBe(late)
})

const measured = (skipped: Partial<Measured['skipped']>, more: Partial<Measured> = {}): Measured => {
  return { skipped: { late: 0, warmUp: 0, behind: 0, ...skipped }, answers: 10, answersMs: 8125, latestMs: 4, ...more }
}

test.each([
  [measured({}), null],
  [measured({ behind: 1200 }), '1,200 left out (the server is behind, answers took 813 ms with 16 requests at a time)'],
  [
    measured({ behind: 7 }, { answers: 0, answersMs: 0 }),
    '7 left out (the server is behind, no answer came with 16 requests at a time)',
  ],
  [measured({ warmUp: 30 }), '30 left out (warming up, answers took 813 ms)'],
  [
    measured({ late: 40 }, { latestMs: 2100.4 }),
    '40 left out (this process ran up to 2,100 ms late: the machine is busy)',
  ],
  [
    measured({ late: 1, warmUp: 2 }),
    '2 left out (warming up, answers took 813 ms), 1 left out (this process ran up to 4 ms late: the machine is busy)',
  ],
])('%j is told as %s', (what, text) => {
  expect(describeSkipped(what)).toBe(text)
})
