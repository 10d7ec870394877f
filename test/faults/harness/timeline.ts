/** Something that was found to be wrong, and the faults shortly before. */
export interface Violation {
  text: string
  before: string[]
}

/** The faults of a run, of which the last ones are remembered. Times are milliseconds of one clock. */
export interface Timeline {
  add(at: number, text: string): void
  /** What happened in the 30 s before, oldest first, as lines for people. */
  before(at: number): string[]
}

const windowMs = 30_000
const remembered = 500

export function createTimeline(): Timeline {
  const events: { at: number; text: string }[] = []
  return {
    add(at, text) {
      events.push({ at, text })
      if (events.length > remembered) events.shift()
    },
    before: (to) =>
      events.filter(({ at }) => at <= to && at >= to - windowMs).map(({ at, text }) => `${seconds(at)} ${text}`),
  }
}

/** Each violation; the faults before it are listed below the last one that has the same ones. */
export function linesOf(violations: readonly Violation[]): string[] {
  return violations.map(({ text, before }, at) => {
    const next = violations[at + 1]
    if (before.length === 0 || (next && next.before.join() === before.join())) return text
    return [text, '  the faults in the 30 s before:', ...before.map((line) => `    ${line}`)].join('\n')
  })
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
