import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../scenario.ts'

const backLimitMs = 120_000

export const postgresBlackhole: Scenario = {
  name: 'postgres-blackhole',
  about: 'nothing gets through to Postgres for 30 s, then everything that was sent arrives',
  async run({ cluster, session, long, say, figure }) {
    const { nodes } = cluster
    for (const how of ['hold', 'forget'] as const) {
      const before = Math.max(...nodes.map((node) => node.memoryMb()))
      say(`blackhole to Postgres, ${how}`)
      nodes.forEach((node) => node.proxies.postgres.blackhole(how))
      await sleep(long ? 30_000 : 9000)
      figure(`memory before and after (${how})`, memory(before, Math.max(...nodes.map((node) => node.memoryMb()))))
      say('healed')
      nodes.forEach((node) => node.proxies.postgres.heal())
      const scores = session.climber.scores()
      const healedAt = performance.now()
      // One that was waiting, and the one after it.
      while (session.climber.scores() < scores + 2) {
        if (performance.now() - healedAt > backLimitMs) throw new Error('no service after the blackhole')
        await sleep(20)
      }
      figure(`service back after (${how})`, `${((performance.now() - healedAt) / 1000).toFixed(1)} s`)
      await sleep(long ? 10_000 : 2000)
    }
  },
}

const memory = (before: number, after: number) => `${Math.round(before)} MiB, ${Math.round(after)} MiB`
