import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCluster, type Cluster } from './harness/cluster.ts'
import { runScenario } from './harness/run-scenario.ts'
import { flushall } from './harness/scenarios/flushall.ts'
import { postgresBlackhole } from './harness/scenarios/postgres-blackhole.ts'
import { redisKill } from './harness/scenarios/redis-kill.ts'
import { scriptFlush } from './harness/scenarios/script-flush.ts'

// The short forms of `npm run faults -- --scenario <name>`, with a fixed seed.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(3)
})
afterAll(() => cluster.stop())

test.each([postgresBlackhole, redisKill, scriptFlush, flushall].map((scenario) => [scenario.name, scenario] as const))(
  '%s: every promise holds',
  { timeout: 240_000 },
  async (_name, scenario) => {
    const { violations, history, figures } = await runScenario(cluster, scenario, {
      seed: 1,
      long: false,
      print: () => {},
    })
    expect({ violations, history }).toEqual({ violations: [], history: null })
    expect(figures['acknowledged']).toBeGreaterThan(0)
  },
)
