import { setTimeout as sleep } from 'node:timers/promises'
import { pick } from '../random.ts'
import type { Scenario } from '../scenario.ts'

export const killServers: Scenario = {
  name: 'kill-servers',
  about: 'kill -9 of a random server out of three every 5 s, for 2 minutes',
  async run({ cluster, random, long, say, figure }) {
    const [kills, pauseMs] = long ? [24, 5000] : [5, 2500]
    const starts: Promise<void>[] = []
    let most = 0
    for (let kill = 0; kill < kills; kill++) {
      // One that was killed may take longer to start; the last one that lives is left alone until then.
      let live = cluster.nodes.filter((node) => node.url() !== null)
      for (; live.length < 2; live = cluster.nodes.filter((node) => node.url() !== null)) await sleep(50)
      const node = pick(random, live)
      say(`kill -9 server ${node.number}`)
      await node.kill()
      const from = performance.now()
      starts.push(node.start().then(() => void (most = Math.max(most, performance.now() - from))))
      await sleep(pauseMs)
    }
    await Promise.all(starts)
    figure('longest start', `${(most / 1000).toFixed(1)} s`)
    figure('kills', kills)
  },
}
