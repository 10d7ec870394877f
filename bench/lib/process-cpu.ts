import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What /proc/<pid>/stat says of a process, times in clock ticks. */
export interface ProcessStat {
  pid: number
  parent: number
  /** User and system time of all its threads. */
  own: number
  /** The same of children that ended and were waited for. */
  reaped: number
}

/** Reads the text of /proc/<pid>/stat (proc(5)); null when it is not one. */
export function parseStat(text: string): ProcessStat | null {
  // The second field, the name in brackets, may hold spaces and brackets itself.
  const end = text.lastIndexOf(')')
  if (end === -1) return null
  const fields = text
    .slice(end + 2)
    .trim()
    .split(' ')
  const [parent, utime, stime, cutime, cstime] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]))
  const stat = { pid: Number.parseInt(text, 10), parent: parent!, own: utime! + stime!, reaped: cutime! + cstime! }
  return Object.values(stat).every(Number.isInteger) ? stat : null
}

/**
 * Ticks that a process and all below it have used. What a child used moves to its parent's `reaped` when it ends, so
 * the difference of two readings misses nothing. The root's own earlier children count too.
 */
export function treeTicks(stats: readonly ProcessStat[], root: number): number {
  const children = new Map<number, ProcessStat[]>()
  for (const stat of stats) children.set(stat.parent, [...(children.get(stat.parent) ?? []), stat])
  const sum = (stat: ProcessStat): number =>
    stat.own + stat.reaped + (children.get(stat.pid) ?? []).reduce((total, child) => total + sum(child), 0)
  const top = stats.find((stat) => stat.pid === root)
  return top === undefined ? 0 : sum(top)
}

/** Busy milliseconds of all cores so far, from the text of /proc/stat and the length of a tick. */
export function busyMs(text: string, tickLength: number): number {
  const fields = text.split('\n', 1)[0]!.split(/\s+/).slice(1, 8).map(Number)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields
  return (user + nice + system + irq + softirq) * tickLength
}

/** CPU milliseconds so far of each named process tree and, as `machine`, of everything; empty without /proc. */
export function readCpu(roots: Record<string, number>): Record<string, number> {
  if (process.platform !== 'linux') return {}
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readStat(pid) ?? [])
  tickMs ??= 1000 / (Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100)
  const perTick = tickMs
  const trees = Object.entries(roots).map(([name, pid]) => [name, treeTicks(stats, pid) * perTick] as const)
  return { ...Object.fromEntries(trees), machine: busyMs(readFileSync('/proc/stat', 'utf8'), perTick) }
}

let tickMs: number | undefined

function readStat(pid: string): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return null // ended meanwhile
  }
}

/** MiB of memory that a process holds; NaN without /proc. */
export function residentMb(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return Number.NaN
  }
}
