import type { Scenario } from './scenario.ts'
import { eightStarts } from './scenarios/eight-starts.ts'
import { flushall } from './scenarios/flushall.ts'
import { killServers } from './scenarios/kill-servers.ts'
import { lostReplies } from './scenarios/lost-replies.ts'
import { mix } from './scenarios/mix.ts'
import { postgresBlackhole } from './scenarios/postgres-blackhole.ts'
import { redisKill } from './scenarios/redis-kill.ts'
import { scriptFlush } from './scenarios/script-flush.ts'
import { sigterm } from './scenarios/sigterm.ts'

export const scenarios: readonly Scenario[] = [
  killServers,
  lostReplies,
  postgresBlackhole,
  redisKill,
  scriptFlush,
  sigterm,
  eightStarts,
  flushall,
  mix,
]
