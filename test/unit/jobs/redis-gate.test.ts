import { expect, test } from 'vitest'
import { createRedisGate } from '../../../src/jobs/redis-gate.ts'
import { createLog } from '../../../src/log.ts'
import { eventually } from '../../helpers/wait.ts'

test('a suspicion just behind a catch-up leads to another one at once, not after the interval', async () => {
  for (let turns = 0; turns < 12; turns++) {
    let passes = 0
    const gate = createRedisGate({
      unfit: () => Promise.resolve(null),
      catchUp() {
        if (++passes > 1) return Promise.resolve()
        const done = Promise.resolve()
        // Some steps after the pass has ended.
        let suspecting = done
        for (let turn = 0; turn < turns; turn++) suspecting = suspecting.then(() => {})
        void suspecting.then(() => gate.suspect('a commit found Redis away'))
        return done
      },
      intervalMs: 3_600_000,
      log: createLog({ level: 'fatal', pretty: false }),
    })
    gate.connectionUp()
    gate.start()
    await eventually(() => expect([passes, gate.usable()], `${turns} turns`).toEqual([2, true]), 5000)
    await gate.stop()
  }
})
