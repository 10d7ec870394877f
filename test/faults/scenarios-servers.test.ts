import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCluster, type Cluster } from './harness/cluster.ts'
import { runScenario } from './harness/run-scenario.ts'
import { eightStarts } from './harness/scenarios/eight-starts.ts'
import { killServers } from './harness/scenarios/kill-servers.ts'
import { lostReplies } from './harness/scenarios/lost-replies.ts'
import { sigterm } from './harness/scenarios/sigterm.ts'

// The short forms of `npm run faults -- --scenario <name>`, with a fixed seed.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(3)
})
afterAll(() => cluster.stop())

test.each([killServers, lostReplies, sigterm, eightStarts].map((scenario) => [scenario.name, scenario] as const))(
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
