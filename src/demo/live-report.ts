import { setTimeout as sleep } from 'node:timers/promises'
import type { LiveTally } from './live-load.ts'
import { describeSkipped, type Measured } from './live-verdict.ts'
import { formatNumber, perSecond } from '../cli/progress.ts'

const terminalMs = 1000
const linesMs = 5000

/** Shows how it goes until `signal` is aborted: a line that renews itself on a terminal, else a line now and then. */
export async function reportUntil(tally: LiveTally, signal: AbortSignal): Promise<void> {
  const terminal = process.stdout.isTTY
  const startedAt = performance.now()
  let latestMs = 0
  let before = { at: startedAt, ...copyOf(tally) }
  while (!signal.aborted) {
    await sleep(terminal ? terminalMs : linesMs, undefined, { signal }).catch(() => {})
    const now = performance.now()
    const rate = perSecond(tally.submitted - before.submitted, now - before.at)
    const text = line(tally, rate, since(before, tally))
    latestMs = Math.max(latestMs, tally.latestMs)
    tally.latestMs = 0
    before = { at: now, ...copyOf(tally) }
    if (terminal) process.stdout.write(`\r\u001B[K${text}`)
    else if (!signal.aborted) console.log(text)
  }
  if (terminal) console.log('')
  const rate = perSecond(tally.submitted, performance.now() - startedAt)
  console.log(`In all: ${line(tally, rate, { ...tally, latestMs: Math.max(latestMs, tally.latestMs) })}`)
}

function copyOf({ submitted, skipped, answers, answersMs }: LiveTally) {
  return { submitted, skipped: { ...skipped }, answers, answersMs }
}

/** What was measured after `before`. */
function since(before: ReturnType<typeof copyOf>, { skipped, answers, answersMs, latestMs }: LiveTally): Measured {
  return {
    skipped: {
      late: skipped.late - before.skipped.late,
      warmUp: skipped.warmUp - before.skipped.warmUp,
      behind: skipped.behind - before.skipped.behind,
    },
    answers: answers - before.answers,
    answersMs: answersMs - before.answersMs,
    latestMs,
  }
}

function line({ submitted, applied, errors, lastError }: LiveTally, rate: number, measured: Measured): string {
  const parts = [`${formatNumber(submitted)} submitted`, `${formatNumber(applied)} applied`, `${formatNumber(rate)}/s`]
  parts.push(`${formatNumber(errors)} errors${lastError === null ? '' : ` (last: ${lastError})`}`)
  const skipped = describeSkipped(measured)
  if (skipped !== null) parts.push(skipped)
  return parts.join(' · ')
}
