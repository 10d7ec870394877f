import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from '../inject.ts'
import { describeFault, makeSchedule, type Target } from '../schedule.ts'
import type { Scenario } from '../scenario.ts'

export const mix: Scenario = {
  name: 'mix',
  about: 'a random mix of every fault, for --minutes',
  clients: { long: { perSecond: 600 } },
  async run({ cluster, session, random, minutes, say, figure, violation }) {
    await cluster.copyRedis() // for a fall-back that comes before the first copy of the schedule
    const schedule = makeSchedule(random, minutes, cluster.nodes.length)
    const began = performance.now()
    const running = new Map<Target, Promise<void>>()
    for (const { at, target, fault } of schedule) {
      await sleep(Math.max(0, began + at - performance.now()))
      // A fault may take longer than planned; the next of its target waits, the others do not.
      const next = (running.get(target) ?? Promise.resolve()).then(async () => {
        say(describeFault(fault))
        await inject(cluster, session.boards, random, fault).catch((error: unknown) =>
          violation(`the harness could not do "${describeFault(fault)}": ${String(error)}`),
        )
      })
      running.set(target, next)
    }
    await Promise.all(running.values())
    await sleep(Math.max(0, began + minutes * 60_000 - performance.now()))
    figure('faults', schedule.length)
  },
}
