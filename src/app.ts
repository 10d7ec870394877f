import { createActions } from './actions/actions.ts'
import { openCore } from './core.ts'
import { resolveStandings } from './actions/resolve-standings.ts'
import type { Changed } from './actions/ports/changes.ts'
import { createGroupCommit } from './actions/group-commit.ts'
import { createHealth } from './actions/health.ts'
import { createFinish } from './actions/submit-scores.ts'
import type { Config } from './config.ts'
import { version } from './installation.ts'
import { createClosePeriods } from './jobs/close-periods.ts'
import { createChangeFollower } from './jobs/follow-changes.ts'
import { createPurge } from './jobs/purge-deleted.ts'
import { createTrendTaker } from './jobs/take-trends.ts'
import { createLive } from './live/live.ts'
import type { Log } from './log.ts'
import { withDeadline } from './timing/deadline.ts'
import { surviveDriverFault } from './postgres/connection/driver-fault.ts'
import { migrateDatabase } from './postgres/connection/migrate.ts'
import { waitForDatabase } from './postgres/connection/wait.ts'
import { databaseOf, watchConnection } from './redis/client.ts'
import { whyUnfit } from './redis/fitness.ts'
import { nodeChannel } from './redis/keys.ts'
import { createLiveStore } from './redis/live-store.ts'
import { createPubSub } from './redis/pubsub.ts'
import { connectSubscriber, onMissed } from './redis/subscriber.ts'
import { redisAdapter } from './socket/adapter.ts'
import { createVerifier } from './auth/tokens.ts'
import { startEdge, type Edge } from './transport/edge.ts'

// An item is answered within 10 s of its arrival, whatever happens: what is not stored by then at once, the rest soon after.
const submitDeadlineMs = 8000
const catchUpIntervalMs = 4000
const followMs = 4000
const probeMs = 1000

export interface App {
  address: { host: string; port: number; url: string }
  transport: Edge['transport']
  stop(): Promise<void>
}

/** Builds the server and starts it; the only place that sees every side. `stop` undoes it in reverse order. */
export async function startApp(config: Config, log: Log): Promise<App> {
  surviveDriverFault(log)
  await waitForDatabase(config.postgres, log)
  if (config.postgres.migrate) await migrateDatabase(config.postgres.url, log)

  const core = openCore({
    config,
    catchUpIntervalMs,
    watchers: (list) => live.watchers(list),
    onBegun: (what) => changed(what),
    onReplaced() {
      trendTaker.forget()
      follower.forget()
      live.drop('all')
      live.restart()
    },
    log,
  })
  const { stores, redis, writer, repair, index } = core
  const { gate } = repair
  const { leaderboards, standings, seasons, players, trends, clock } = stores
  const { now } = clock
  const clockAgrees = () => clock.state().clock !== 'off'
  const subscriber = connectSubscriber(config.redis, redis)

  const periods = createClosePeriods({
    store: stores.periods,
    writer,
    connected: gate.connected,
    ...config.periods,
    now,
    clockAgrees,
    log,
  })
  const purge = createPurge({ store: stores.deleted, writer, connected: gate.connected, log })
  const trendTaker = createTrendTaker({ leaderboards, standings, trends, index, now, clockAgrees, log })

  const commits = createGroupCommit({
    ...config.write,
    deadlineMs: submitDeadlineMs,
    commit: (lane, items) => stores.ledger.commit(lane, items, now()),
    finish: createFinish(index),
    log,
  })
  /** What this node changed: copies of it go, here and on the other nodes. */
  const changed = (what: Changed) => {
    dropCopies(what)
    edge.socket.io.serverSideEmit('changed', what)
  }
  const actions = createActions({
    ...stores,
    index,
    commits,
    repair: repair.repair,
    usable: gate.usable,
    now,
    changed,
  })
  const nowhere = { ...standings, find: () => null }
  const live = createLive({
    actions,
    resolve: (where) => resolveStandings(stores, where, now()),
    resolveUnseen: (where) => resolveStandings({ ...stores, standings: nowhere }, where, now()),
    index,
    players,
    trends,
    store: createLiveStore(redis),
    watchLookupsPerSecond: config.live.watchLookupsPerSecond,
    now,
    log,
  })
  const dropCopies = (what: Changed | 'all') => {
    stores.drop(what)
    live.drop(what)
  }
  const follower = createChangeFollower({ store: stores.changes, drop: dropCopies, intervalMs: followMs, log })

  let stopping = false
  const health = createHealth({
    probe: () => withDeadline(stores.cold.sql`select 1`, probeMs, 'probe'),
    redis: gate.state,
    clock: clock.state,
    rebuilding: repair.running,
    stopping: () => stopping,
    version,
  })

  watchConnection(redis, {
    up() {
      gate.connectionUp()
      live.restart()
    },
    down: gate.connectionDown,
  })
  clock.start()
  onMissed(subscriber, () => void follower.look())
  leaderboards.start()
  seasons.start()
  repair.start()
  follower.start()
  periods.start()
  purge.start()
  trendTaker.start()
  const stopServices = async () => {
    leaderboards.stop()
    seasons.stop()
    const jobs = [repair, periods, purge, trendTaker, follower, clock]
    const jobsEnded = Promise.all(jobs.map((job) => job.stop()))
    // No request waits any more. Calls without an answer are cut, and a catch-up that waits for one fails with it.
    subscriber.disconnect()
    await core.stop()
    await jobsEnded
  }

  let edge: Edge
  try {
    // The server starts without Redis, as it goes on without it later. A Redis that must not hold ranks ends the start.
    await core.connect(config.redis.connectTimeoutMs).catch(() => {})
    const unfit = redis.status === 'ready' ? await whyUnfit(redis).catch(() => null) : null
    if (unfit !== null) throw new Error(`Redis cannot be used: ${unfit}`)
    edge = await startEdge({
      http: config.http,
      actions,
      live: live.live,
      adapter: redisAdapter(createPubSub(redis), subscriber, nodeChannel(databaseOf(config.redis.url)), log),
      verifyToken: createVerifier(config.auth),
      health,
      log,
    })
  } catch (error) {
    await stopServices()
    throw error
  }
  edge.socket.io.on('changed', dropCopies)
  live.start(edge.socket.broadcast, edge.socket.members)
  log.info({ url: edge.url, transport: edge.transport, version }, 'serving')

  return {
    address: { host: edge.host, port: edge.port, url: edge.url },
    transport: edge.transport,
    async stop() {
      if (stopping) return
      stopping = true
      const { shutdownTimeoutMs } = config.http
      const beganAt = performance.now()
      /** What is left of a share of the time, and a moment at least. */
      const until = (share: number) =>
        Math.max(beganAt + share * shutdownTimeoutMs - performance.now(), shutdownTimeoutMs / 16)
      log.info('stopping: no new connections, clients go elsewhere, what waits is committed and answered')
      await edge.drain(shutdownTimeoutMs / 2)
      // The rooms' publishers go first: other nodes take over while this one answers what waits.
      await live.stop()
      await commits.drain(until(5 / 8))
      await edge.stop(until(3 / 4))
      await stopServices()
      log.info('stopped')
    },
  }
}
