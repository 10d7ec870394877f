import type { RankedList } from './actions/ports/ranks.ts'
import type { Changed } from './actions/ports/changes.ts'
import { listsOf } from './actions/repair-lists.ts'
import { withSealed } from './actions/with-sealed.ts'
import type { Config } from './config.ts'
import { createRepair } from './jobs/repair.ts'
import type { Log } from './log.ts'
import { openStores } from './postgres/stores.ts'
import { connectRedis, connectRepairs } from './redis/client.ts'
import { whyUnfit } from './redis/fitness.ts'
import { createListAuditor } from './redis/list-auditor.ts'
import { createListBuilder } from './redis/list-builder.ts'
import { createListWriter } from './redis/list-writer.ts'
import { createRankStore } from './redis/rank-store.ts'
import { withDeadline } from './timing/deadline.ts'

const restoreWaitMs = 1500

export interface CoreOptions {
  config: Pick<Config, 'postgres' | 'redis' | 'cache' | 'write' | 'audit'>
  catchUpIntervalMs: number
  /** Clients that watch a list: the most watched is built first. */
  watchers(list: RankedList): number
  /** Called with standings that this process made. */
  onBegun(what: Changed): void
  /** The database is another one: what was cached of it outside of the stores has to go. */
  onReplaced(): void
  log: Log
}

/** Postgres, Redis and the repair between them: what the server and the repair commands are both built on. */
export function openCore({ config, log, ...hooks }: CoreOptions) {
  const stores = openStores({
    ...config.postgres,
    ...config.cache,
    lanes: config.write.lanes,
    onReconnect: () => repair.gate.suspect('a connection to Postgres was replaced'),
    onBegun: hooks.onBegun,
    log,
  })
  const redis = connectRedis(config.redis, log)
  const repairs = connectRepairs(config.redis, redis)
  const writer = createListWriter(redis)
  const repair = createRepair({
    writer,
    builder: createListBuilder(repairs),
    auditor: createListAuditor(repairs),
    ...stores,
    everyList: () => listsOf(stores, {}),
    watchers: hooks.watchers,
    async onReplaced() {
      await stores.forget()
      hooks.onReplaced()
    },
    unfit: () => whyUnfit(redis),
    catchUpIntervalMs: hooks.catchUpIntervalMs,
    auditIntervalMs: config.audit.intervalMs,
    auditRowsPerSecond: config.audit.rowsPerSecond,
    log,
  })
  const { gate, restore, catchUpList } = repair
  const ranks = createRankStore({ redis, writer, gate, restore, catchUpList, restoreWaitMs })
  return {
    stores,
    redis,
    writer,
    repair,
    index: withSealed(ranks, stores.sealed),
    /** Rejects when Redis does not answer in time; it is tried further then. */
    async connect(ms: number): Promise<void> {
      // Without a Sentinel that answers, connecting would never end.
      await withDeadline(Promise.all([redis.connect(), repairs.connect()]), ms, 'Redis')
    },
    /** Cuts what waits for Redis, and ends what goes on in Postgres. */
    async stop(): Promise<void> {
      for (const client of [redis, repairs]) client.disconnect()
      await stores.stop()
    },
  }
}
