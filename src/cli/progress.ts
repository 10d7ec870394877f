import { SingleBar } from 'cli-progress'

export interface Progress {
  /** `note` says where that is. */
  add(count: number, note?: string): void
  stop(): void
}

/** Shows how far `total` steps are, with the rate: a bar on a terminal, else a line each tenth. */
export function createProgress(label: string, total: number): Progress {
  const startedAt = performance.now()
  const rate = (done: number) => `${formatNumber(perSecond(done, performance.now() - startedAt))}/s`
  return process.stdout.isTTY ? bar(label, total, rate) : lines(label, total, rate)
}

function bar(label: string, total: number, rate: (done: number) => string): Progress {
  const format = `${label.padEnd(8)} {bar} {percentage}% | {value} of {total} | {rate}{note}`
  const line = new SingleBar({
    format,
    stream: process.stdout,
    hideCursor: null,
    barCompleteChar: '#',
    barIncompleteChar: '-',
  })
  let done = 0
  line.start(total, 0, { rate: rate(0), note: '' })
  return {
    add: (count, note) => line.update((done += count), { rate: rate(done), note: behind(note) }),
    stop: () => line.stop(),
  }
}

function lines(label: string, total: number, rate: (done: number) => string): Progress {
  let done = 0
  let tenths = 0
  return {
    add: (count, note) => {
      done += count
      const reached = Math.floor((done / total) * 10)
      if (reached === tenths) return
      tenths = reached
      console.log(
        `${label.padEnd(8)} ${tenths * 10}% | ${formatNumber(done)} of ${formatNumber(total)} | ${rate(done)}${behind(note)}`,
      )
    },
    stop: () => {},
  }
}

function behind(note: string | undefined): string {
  return note === undefined ? '' : ` | ${note}`
}

/** Whole steps a second, 0 before any time has passed. */
export function perSecond(count: number, ms: number): number {
  return ms > 0 ? Math.round((count / ms) * 1000) : 0
}

/** With thousands separators. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en-US')
}
