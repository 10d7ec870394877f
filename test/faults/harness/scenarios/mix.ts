import { setTimeout as sleep } from 'node:timers/promises'
import { residentMb } from '../../../../bench/lib/process-cpu.ts'
import { describeFault, faultKinds, type FaultKind, type Target } from '../faults.ts'
import { inject } from '../inject.ts'
import { makeSchedule, type Scheduled } from '../schedule.ts'
import type { Scenario, Stage } from '../scenario.ts'

const settleMs = 30_000
const lasted = 50

/** A random mix of these kinds of faults, two or three at once. */
export function mixOf(kinds: readonly FaultKind[]): Scenario {
  return {
    name: 'mix',
    about: 'a random mix of every kind of fault, two or three at once, for --minutes',
    clients: { long: { perSecond: 600 } },
    async run(stage) {
      const { cluster, random, minutes, figure } = stage
      await cluster.copyRedis() // for a fall-back that comes before the first copy of the schedule
      const schedule = makeSchedule(random, minutes, cluster.nodes.length, kinds)
      const began = performance.now()
      const housekeeping = keepHouse(stage)
      try {
        await runSchedule(stage, schedule, began)
        await sleep(Math.max(0, began + minutes * 60_000 - performance.now()))
      } finally {
        await housekeeping.stop()
      }
      figure('faults', schedule.length)
    },
  }
}

export const mix = mixOf(faultKinds)

async function runSchedule(stage: Stage, schedule: Scheduled[], began: number): Promise<void> {
  const { say, violation } = stage
  const running = new Map<Target, Promise<void>>()
  for (const { at, target, fault } of schedule) {
    await sleep(Math.max(0, began + at - performance.now()))
    // A fault may take longer than planned; the next of its target waits, the others do not.
    const next = (running.get(target) ?? Promise.resolve()).then(async () => {
      const what = describeFault(fault)
      say(what)
      const from = performance.now()
      const leftOut = await inject(stage, fault).catch((error: unknown) => {
        violation(`the harness could not do "${what}": ${String(error)}`)
        return null
      })
      if (leftOut !== null) say(`not done: ${what} (${leftOut})`)
      else if (performance.now() - from > lasted) say(`end of ${what}`)
    })
    running.set(target, next)
  }
  await Promise.all(running.values())
}

/** Compares what is settled, so that memory stays bounded, and tells how far the run is. */
function keepHouse({ session, minutes, progress }: Stage) {
  const from = performance.now()
  let working: Promise<void> = Promise.resolve()
  const look = async () => {
    await session.settle()
    const { history, load } = session
    const passed = ((performance.now() - from) / 60_000).toFixed(1)
    progress(
      `${passed} of ${minutes} minutes: ${load.sent()} sent, ${history.acknowledged()} acknowledged, ` +
        `${history.submissions.size} in memory (${Math.round(residentMb(process.pid) ?? 0)} MiB), ${history.violated()} violations`,
    )
  }
  const timer = setInterval(() => {
    working = working.then(look)
  }, settleMs)
  return {
    async stop() {
      clearInterval(timer)
      await working
    },
  }
}
