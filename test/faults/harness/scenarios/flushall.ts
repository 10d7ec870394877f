import { setTimeout as sleep } from 'node:timers/promises'
import { wellAgain } from '../heal.ts'
import type { Scenario } from '../scenario.ts'

const wellLimitMs = 240_000

export const flushall: Scenario = {
  name: 'flushall',
  about: 'FLUSHALL under load with 200,000 members: no wrong rank on the way, and the list is whole again',
  clients: {
    short: { rivals: 4000, crowd: 1000 },
    long: { rivals: 190_000, crowd: 10_000, perSecond: 500 },
  },
  async run({ cluster, session, long, say, figure }) {
    const ladder = session.boards.at(-1)!.id
    for (let round = 1; round <= (long ? 3 : 2); round++) {
      say('FLUSHALL')
      await cluster.redis.flushall()
      await sleep(100)
      figure(`whole again after (${round})`, await wellAgain(cluster, wellLimitMs))
      await sleep(long ? 15_000 : 3000)
    }
    const restored = cluster.nodes
      .flatMap((node) => node.logged('list restored'))
      .filter((line) => line['leaderboard'] === ladder) as { rows: number; ms: number }[]
    for (const [at, { rows, ms }] of restored.entries())
      figure(`restore ${at + 1}`, `${rows} rows in ${ms} ms, ${Math.round((rows / ms) * 1000)} rows/s`)
  },
}
