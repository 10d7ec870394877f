import { setTimeout as sleep } from 'node:timers/promises'
import { wellAgain } from '../heal.ts'
import { integer } from '../random.ts'
import type { Scenario } from '../scenario.ts'

const wellLimitMs = 60_000

export const redisKill: Scenario = {
  name: 'redis-kill',
  about: 'kill -9 of Redis (AOF everysec), which comes back as it was, a minute older, and empty',
  async run({ cluster, random, long, say, figure }) {
    for (const data of ['kept', 'older', 'empty'] as const) {
      if (data === 'older') {
        await cluster.copyRedis()
        await sleep(long ? 60_000 : 3000)
      }
      say(`kill -9 Redis, data ${data}`)
      await cluster.killRedis(data, integer(random, 0, 2000))
      figure(`well again after (${data})`, await wellAgain(cluster, wellLimitMs))
      await sleep(long ? 10_000 : 2000)
    }
  },
}
