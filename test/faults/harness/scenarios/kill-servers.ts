import { setTimeout as sleep } from 'node:timers/promises'
import { pick } from '../random.ts'
import type { Scenario } from '../scenario.ts'

export const killServers: Scenario = {
  name: 'kill-servers',
  about: 'kill -9 of a random server out of three every 5 s, for 2 minutes',
  async run({ cluster, random, long, say, figure }) {
    const [kills, pauseMs] = long ? [24, 5000] : [5, 2500]
    for (let kill = 0; kill < kills; kill++) {
      const node = pick(random, cluster.nodes)
      say(`kill -9 server ${node.number}`)
      await node.kill()
      void node.start()
      await sleep(pauseMs)
      await node.start()
    }
    figure('kills', kills)
  },
}
