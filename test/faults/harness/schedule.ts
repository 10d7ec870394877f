import { drawFault, faultKinds, type Drawn, type FaultKind, type Target } from './faults.ts'
import { integer, type Random } from './random.ts'

export interface Scheduled extends Drawn {
  /** Milliseconds after the beginning. */
  at: number
}

// Milliseconds: between groups of faults, between the faults of a group, and how long one lasts.
const gap = { from: 500, to: 6000 }
const within = { from: 0, to: 1500 }
const lasting = { from: 200, to: 8000 }
const group = { from: 2, to: 3 }
// At the end nothing new begins, so that the last fault is met by clients too.
const quietMs = 3000
const drawsForOne = 20

/**
 * Faults for a run of `minutes` with `servers` servers, in groups of two or three kinds at once; the same seed makes the
 * same ones. With a single kind in `kinds` a group is one fault.
 */
export function makeSchedule(
  random: Random,
  minutes: number,
  servers: number,
  kinds: readonly FaultKind[] = faultKinds,
): Scheduled[] {
  const schedule: Scheduled[] = []
  const end = minutes * 60_000 - quietMs
  const busyUntil = new Map<Target, number>()
  for (let at = 500; at < end; at += integer(random, gap.from, gap.to)) {
    const left = new Set(kinds)
    const size = integer(random, group.from, group.to)
    for (let member = 0; member < size && left.size > 0; member++) {
      const from = at + (member === 0 ? 0 : integer(random, within.from, within.to))
      for (let draw = 0; draw < drawsForOne; draw++) {
        const { target, fault } = drawFault(random, servers, integer(random, lasting.from, lasting.to), [...left])
        if ((busyUntil.get(target) ?? 0) > from) continue
        busyUntil.set(target, from + ('ms' in fault ? fault.ms : 1))
        schedule.push({ at: from, target, fault })
        left.delete(fault.kind)
        break
      }
    }
  }
  return schedule.toSorted((a, b) => a.at - b.at)
}
