import { expect, test } from 'vitest'
import { describeFault, faultKinds } from '../../faults/harness/faults.ts'
import { seededRandom } from '../../faults/harness/random.ts'
import { makeSchedule } from '../../faults/harness/schedule.ts'

const linesOf = (seed: number) =>
  makeSchedule(seededRandom(seed), 10, 3).map(({ at, target, fault }) => `${at} ${target}: ${describeFault(fault)}`)

test('a seed makes one schedule, another seed another one', () => {
  expect(linesOf(7)).toEqual(linesOf(7))
  expect(linesOf(7)).not.toEqual(linesOf(8))
})

test('every kind of fault comes, in order, and none begins while the last one of its target lasts', () => {
  const schedule = makeSchedule(seededRandom(7), 30, 3)
  expect(new Set(schedule.map(({ fault }) => fault.kind))).toEqual(new Set(faultKinds))
  expect(schedule.map(({ at }) => at)).toEqual(schedule.map(({ at }) => at).toSorted((a, b) => a - b))
  const ends = new Map<string, number>()
  for (const { at, target, fault } of schedule) {
    expect(at).toBeGreaterThanOrEqual(ends.get(target) ?? 0)
    ends.set(target, at + ('ms' in fault ? fault.ms : 0))
  }
})

test('different kinds come together, and only those that were asked for', () => {
  const kinds = ['rebuild', 'flushall', 'blackhole'] as const
  const schedule = makeSchedule(seededRandom(7), 10, 3, kinds)
  expect(new Set(schedule.map(({ fault }) => fault.kind))).toEqual(new Set(kinds))
  const together = schedule.filter(({ at, fault }) =>
    schedule.some((other) => Math.abs(other.at - at) <= 1500 && other.fault.kind !== fault.kind),
  )
  expect(together.length).toBeGreaterThan(schedule.length * 0.9)
})
