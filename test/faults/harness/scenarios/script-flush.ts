import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../scenario.ts'

export const scriptFlush: Scenario = {
  name: 'script-flush',
  about: 'SCRIPT FLUSH every 100 ms for 30 s, of which nobody may notice anything',
  async run({ cluster, session, long, say, violation, figure }) {
    const before = { ...session.reads() }
    const flushes = long ? 300 : 60
    say('SCRIPT FLUSH every 100 ms')
    for (let flush = 0; flush < flushes; flush++) {
      await cluster.redis.script('FLUSH')
      await sleep(100)
    }
    figure('flushes', flushes)
    // A player without a score is an answer too.
    for (const [what, count] of Object.entries(session.reads()))
      if (!['redis', 'NOT_RANKED'].includes(what) && count > (before[what] ?? 0))
        violation(`${count - (before[what] ?? 0)} reads: ${what}`)
    const failures = Object.entries(session.history.failures())
    if (failures.length > 0) violation(`submissions were not answered with a receipt: ${JSON.stringify(failures)}`)
    if (session.history.degraded() > 0) violation(`${session.history.degraded()} receipts were degraded`)
  },
}
