import { integer, pick, type Random } from './random.ts'

/** What is broken: faults of the same target follow each other, those of different ones overlap. */
export type Target =
  `server ${number}` | 'redis' | 'postgres' | `net redis ${number}` | `net postgres ${number}` | 'data'

export type Fault =
  | { kind: 'kill server' | 'stop server'; server: number }
  | { kind: 'pause server'; server: number; ms: number }
  | { kind: 'kill redis'; data: 'kept' | 'older' | 'empty'; ms: number }
  | { kind: 'pause redis'; ms: number }
  | { kind: 'kill postgres'; ms: number }
  | { kind: 'blackhole'; of: Service; server: number; how: 'hold' | 'forget'; ms: number }
  | { kind: 'delay'; of: Service; server: number; byMs: number; ms: number }
  | { kind: 'reset' | 'half-close'; of: Service; server: number }
  | { kind: 'drop replies'; of: Service; server: number; ms: number }
  | { kind: 'flushall' | 'script flush' | 'copy redis' | 'lose members' }
type Service = 'redis' | 'postgres'

export interface Scheduled {
  /** Milliseconds after the beginning. */
  at: number
  target: Target
  fault: Fault
}

// Milliseconds: between the beginnings of faults, and how long one lasts.
const gap = { from: 300, to: 5000 }
const lasting = { from: 200, to: 8000 }
// At the end nothing new begins, so that the last fault is met by clients too.
const quietMs = 3000
const longestDelayMs = 400

/** Faults for a run of `minutes` with `servers` servers; the same seed makes the same ones. */
export function makeSchedule(random: Random, minutes: number, servers: number): Scheduled[] {
  const schedule: Scheduled[] = []
  const end = minutes * 60_000 - quietMs
  const busyUntil = new Map<Target, number>()
  for (let at = 500; at < end; at += integer(random, gap.from, gap.to)) {
    const ms = integer(random, lasting.from, lasting.to)
    const { target, fault } = draw(random, integer(random, 0, servers - 1), ms)
    if ((busyUntil.get(target) ?? 0) > at) continue
    busyUntil.set(target, at + ms)
    schedule.push({ at, target, fault })
  }
  return schedule
}

function draw(random: Random, server: number, ms: number): Omit<Scheduled, 'at'> {
  const of = pick(random, ['redis', 'postgres'] as const)
  const process = `server ${server}` as const
  const net = `net ${of} ${server}` as const
  const [data, how] = [pick(random, ['kept', 'older', 'empty'] as const), pick(random, ['hold', 'forget'] as const)]
  const byMs = integer(random, 5, longestDelayMs)
  // Each as often as it is named.
  const all: Omit<Scheduled, 'at'>[] = [
    { target: process, fault: { kind: 'kill server', server } },
    { target: process, fault: { kind: 'kill server', server } },
    { target: process, fault: { kind: 'stop server', server } },
    { target: process, fault: { kind: 'pause server', server, ms } },
    { target: 'redis', fault: { kind: 'kill redis', data, ms } },
    { target: 'redis', fault: { kind: 'pause redis', ms } },
    { target: 'postgres', fault: { kind: 'kill postgres', ms } },
    { target: net, fault: { kind: 'blackhole', of, server, how, ms } },
    { target: net, fault: { kind: 'delay', of, server, byMs, ms } },
    { target: net, fault: { kind: 'reset', of, server } },
    { target: net, fault: { kind: 'half-close', of, server } },
    { target: net, fault: { kind: 'drop replies', of, server, ms } },
    { target: net, fault: { kind: 'drop replies', of, server, ms } },
    { target: 'data', fault: { kind: 'flushall' } },
    { target: 'data', fault: { kind: 'script flush' } },
    { target: 'data', fault: { kind: 'copy redis' } },
    { target: 'data', fault: { kind: 'lose members' } },
  ]
  return pick(random, all)
}

/** One line for people. */
export function describeFault(fault: Fault): string {
  const lasts = 'ms' in fault ? ` for ${(fault.ms / 1000).toFixed(1)} s` : ''
  if ('of' in fault) {
    const how = fault.kind === 'blackhole' ? ` (${fault.how})` : fault.kind === 'delay' ? ` by ${fault.byMs} ms` : ''
    return `${fault.kind}${how}, ${fault.of} of server ${fault.server}${lasts}`
  }
  if ('server' in fault) return `${fault.kind} ${fault.server}${lasts}`
  return `${fault.kind}${'data' in fault ? `, data ${fault.data}` : ''}${lasts}`
}
