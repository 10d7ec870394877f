import { setTimeout as sleep } from 'node:timers/promises'
import type { LiveTally } from './live-load.ts'
import { formatNumber, perSecond } from './progress.ts'

const terminalMs = 1000
const linesMs = 5000

/** Shows how it goes until `signal` is aborted: a line that renews itself on a terminal, else a line now and then. */
export async function reportUntil(tally: LiveTally, signal: AbortSignal): Promise<void> {
  const terminal = process.stdout.isTTY
  const startedAt = performance.now()
  let before = { at: startedAt, submitted: 0 }
  while (!signal.aborted) {
    await sleep(terminal ? terminalMs : linesMs, undefined, { signal }).catch(() => {})
    const now = performance.now()
    const rate = perSecond(tally.submitted - before.submitted, now - before.at)
    before = { at: now, submitted: tally.submitted }
    if (terminal) process.stdout.write(`\r\u001B[K${line(tally, rate)}`)
    else if (!signal.aborted) console.log(line(tally, rate))
  }
  if (terminal) console.log('')
  console.log(`In all: ${line(tally, perSecond(tally.submitted, performance.now() - startedAt))}`)
}

function line({ submitted, applied, errors, lastError, skipped }: LiveTally, rate: number): string {
  const parts = [`${formatNumber(submitted)} submitted`, `${formatNumber(applied)} applied`, `${formatNumber(rate)}/s`]
  parts.push(`${formatNumber(errors)} errors${lastError === null ? '' : ` (last: ${lastError})`}`)
  if (skipped > 0) parts.push(`${formatNumber(skipped)} skipped, the server is behind`)
  return parts.join(' · ')
}
