import { setTimeout as sleep } from 'node:timers/promises'
import type { Found } from './check-reads.ts'

export interface Compared extends Found {
  /** Milliseconds until nothing was wrong or away any more; null: it never was. */
  rightAfter: number | null
}

const pauseMs = 250

/**
 * Compares again and again until all is right or `until` (performance.now()) is over. What is told as right must be so from the first time
 * on, and is reported even when it comes right later; what is not answered yet has the time.
 */
export async function compareUntil(until: number, compare: () => Promise<Found>): Promise<Compared> {
  const from = performance.now()
  const wrong = new Map<string, { first: number; last: number }>()
  for (;;) {
    const at = performance.now() - from
    const found = await compare()
    for (const text of found.wrong) {
      const seen = wrong.get(text)
      if (seen) seen.last = at
      else wrong.set(text, { first: at, last: at })
    }
    const isRight = found.wrong.length + found.away.length === 0
    if (!isRight && performance.now() < until) {
      await sleep(pauseMs)
      continue
    }
    const tell = ([text, { first, last }]: [string, { first: number; last: number }]) =>
      `${text} (seen from ${Math.round(first)} to ${Math.round(last)} ms)`
    return { wrong: [...wrong].map(tell), away: found.away, rightAfter: isRight ? at : null }
  }
}
