import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from './child.ts'
import { root } from './stack.ts'

/** One line of the verdict: something measured against its yardstick or a bound. */
export interface Verdict {
  what: string
  measured: string
  yardstick: string
  /** Measured over yardstick, or the bounded value itself. */
  value: number
  unit: '' | 'x' | ' ms'
  /** `from` names a heading of docs/targets.md, as `targets: <heading>`, with `, floor` for the lower bound of the two. */
  targets: { from: string; atLeast?: number; atMost?: number }[]
}

export interface Report {
  name: string
  header: Record<string, string>
  verdicts: Verdict[]
  scenarios: { name: string; outcome: Outcome }[]
  /** Sentences: what is counted, what was checked, what limits the figures. */
  notes: string[]
}

export function formatReport(report: Report): string {
  return [
    `# bench ${report.name}`,
    table([['', ''], ...Object.entries(report.header)]),
    table([['', 'measured', 'yardstick', 'value', 'target', 'met'], ...report.verdicts.flatMap(verdictRows)]),
    'Median run of each scenario; CPU is of whole process trees, in microseconds an operation or in percent of a core; others = what else ran on the machine:',
    table([scenarioHead, ...report.scenarios.map(({ name, outcome }) => scenarioRow(name, outcome))]),
    report.notes.map((note) => `- ${note}`).join('\n'),
    '',
  ].join('\n\n')
}

/** Writes bench/results/<name>-<transport>-<date>-<commit>.json and .md; returns the path without its ending. */
export function saveReport(report: Report, transport: string): string {
  const { date = '', commit = '' } = report.header
  const stamp = date.slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-')
  const folder = join(root, 'bench/results')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${report.name}-${transport}-${stamp}-${commit.replace(' ', '-')}`)
  writeFileSync(`${path}.json`, `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(`${path}.md`, formatReport(report))
  return path
}

function verdictRows({ what, measured, yardstick, value, unit, targets }: Verdict): string[][] {
  const shown = `${value.toFixed(value < 1 ? 3 : 2)}${unit}`
  const rows = targets.map(({ from, atLeast, atMost }) => {
    const met = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity)
    const bound = atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`
    return [`${bound}${unit} (${from})`, met ? 'yes' : 'NO']
  })
  const lines = rows.length === 0 ? [['', '']] : rows
  return lines.map((row, index) =>
    index === 0 ? [what, measured, yardstick, shown, ...row] : ['', '', '', '', ...row],
  )
}

const scenarioHead = [
  '',
  'per s',
  'runs',
  'p50 ms',
  'p99 ms',
  'generator CPU',
  'node CPU',
  'node us',
  'postgres us',
  'redis us',
  'sum us',
  'others CPU',
]

function scenarioRow(name: string, { median, rates }: Outcome): string[] {
  const { rate, p50, p99, cpu, cpuMs, seconds, count, others } = median
  const micros = (ms: number | undefined) => (ms === undefined ? '' : ((ms / count) * 1000).toFixed(1))
  const share = (ms: number | undefined) => (ms === undefined ? '' : `${Math.round(ms / seconds / 10)}%`)
  const all = Object.values(cpu)
  return [
    name,
    perSecond(rate),
    `${perSecond(Math.min(...rates))}-${perSecond(Math.max(...rates))}`,
    p50.toFixed(2),
    p99.toFixed(2),
    share(cpuMs),
    share(cpu['node']),
    micros(cpu['node']),
    micros(cpu['postgres']),
    micros(cpu['redis']),
    all.length === 0 ? '' : micros(all.reduce((sum, ms) => sum + ms, 0)),
    share(others ?? undefined),
  ]
}

/** CPU milliseconds of everything observed, an operation; NaN where it cannot be read. */
export function cpuPerOperation({ median }: Outcome): number {
  const all = Object.values(median.cpu)
  return all.length === 0 ? Number.NaN : all.reduce((sum, ms) => sum + ms, 0) / median.count
}

export function perSecond(rate: number): string {
  return Math.round(rate).toLocaleString('en-US')
}

function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)))
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows
  return [line(head!), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n')
}
