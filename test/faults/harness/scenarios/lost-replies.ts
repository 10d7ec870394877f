import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../scenario.ts'

// The next chunk of requests is chosen with this probability; its connection dies with the reply.
const probability = 0.01
const everyCommit = 100

export const lostReplies: Scenario = {
  name: 'lost-replies',
  about: `Redis's reply is lost after execution for ${probability * 100} % of calls, and that of every ${everyCommit}th COMMIT`,
  async run({ cluster, random, long, say, figure }) {
    const proxies = cluster.nodes.map((node) => node.proxies)
    say('replies of Redis begin to be lost')
    proxies.forEach(({ redis }) => redis.dropReplies({ of: 'redis', probability, random }))
    await sleep(long ? 30_000 : 5000)
    say('replies to COMMIT too')
    proxies.forEach(({ postgres }) => postgres.dropReplies({ of: 'postgres', every: everyCommit, random }))
    await sleep(long ? 60_000 : 8000)
    figure('replies of Redis lost', total(proxies.map(({ redis }) => redis.dropped())))
    figure('replies to COMMIT lost', total(proxies.map(({ postgres }) => postgres.dropped())))
  },
}

const total = (numbers: number[]) => numbers.reduce((sum, one) => sum + one, 0)
