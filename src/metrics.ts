import { collectDefaultMetrics, Counter, Gauge, Registry, type Metric } from 'prom-client'

/** Everything `/metrics` shows. */
export const registry = new Registry()

/** Submissions by edge (`http`, `socket`) and outcome (`applied`, `unchanged`, `duplicate` or an error code). */
const submissions = new Counter({
  name: 'rankpulse_submissions_total',
  help: 'Submissions by edge and outcome',
  labelNames: ['edge', 'outcome'] as const,
  registers: [registry],
})

/** Counts submissions of one edge; looks each outcome's series up once, since prom-client hashes labels on every call. */
export function countSubmissions(edge: 'http' | 'socket') {
  const series = new Map<string, Counter.Internal>()
  return (result: { applied: boolean; duplicate: boolean } | { code: string }): void => {
    const outcome =
      'code' in result ? result.code : result.duplicate ? 'duplicate' : result.applied ? 'applied' : 'unchanged'
    let counter = series.get(outcome)
    if (counter === undefined) series.set(outcome, (counter = submissions.labels({ edge, outcome })))
    counter.inc()
  }
}
export const socketsConnected = new Gauge({
  name: 'rankpulse_sockets_connected',
  help: 'Socket.IO clients connected to this process',
  registers: [registry],
})
export const handshakesRefused = new Counter({
  name: 'rankpulse_handshakes_refused_total',
  help: 'Socket.IO handshakes refused, by error code',
  labelNames: ['code'] as const,
  registers: [registry],
})
/** Frames that did nothing and could not be answered, or were refused for their form. */
export const framesRefused = new Counter({
  name: 'rankpulse_frames_refused_total',
  help: 'Socket.IO frames ignored or refused, by reason',
  labelNames: ['reason'] as const,
  registers: [registry],
})
export const liveRooms = new Gauge({
  name: 'rankpulse_live_rooms',
  help: 'Live rooms with clients of this process',
  registers: [registry],
})
export const epochsBegun = new Counter({
  name: 'rankpulse_live_epochs_total',
  help: 'Live epochs that this process began, each with a reset to its room',
  registers: [registry],
})
export const deltasPublished = new Counter({
  name: 'rankpulse_live_deltas_total',
  help: 'Live deltas that this process published',
  registers: [registry],
})
export const watchLookups = new Counter({
  name: 'rankpulse_watch_lookups_total',
  help: 'Look-ups for watched ranks and windows',
  registers: [registry],
})
/** Rows that audits looked at (`checked`), found wrong (`missing`, `stale`, `extra`) and `repaired`. */
export const reconcileRows = new Counter({
  name: 'rankpulse_reconcile_rows_total',
  help: 'Rows audited by this process, by result',
  labelNames: ['result'] as const,
  registers: [registry],
})
let lastCleanAudit: number | null = null
/** Notes when the last audit of everything that found nothing wrong ended, in epoch ms; null when there was none. */
export function noteCleanAudit(at: number | null): void {
  lastCleanAudit = at
}
export const lastCleanAuditAge = new Gauge({
  name: 'rankpulse_last_clean_audit_age_seconds',
  help: 'Seconds since an audit of everything found nothing wrong; -1 when none has',
  registers: [registry],
  collect() {
    this.set(lastCleanAudit === null ? -1 : (Date.now() - lastCleanAudit) / 1000)
  },
})
export const listsRebuilt = new Counter({
  name: 'rankpulse_lists_rebuilt_total',
  help: 'Lists that this process built anew from Postgres',
  registers: [registry],
})
export const clockAhead = new Gauge({
  name: 'rankpulse_clock_ahead_seconds',
  help: 'How far the clock of this machine is ahead of that of Postgres; negative when it is behind',
  registers: [registry],
})
export const listsBroken = new Counter({
  name: 'rankpulse_lists_broken_total',
  help: 'Lists thrown away because Redis could not work with their keys',
  registers: [registry],
})
export const standingsSealed = new Counter({
  name: 'rankpulse_standings_sealed_total',
  help: 'Standings that this process sealed',
  registers: [registry],
})
// Counted as plain numbers: a page asks a cache a thousand times.
const cacheTallies: { cache: string; hit: number; miss: number }[] = []
export const cacheRequests = new Counter({
  name: 'rankpulse_cache_requests_total',
  help: 'Look-ups in caches of this process, by cache and result (hit, miss)',
  labelNames: ['cache', 'result'] as const,
  registers: [registry],
  collect() {
    this.reset()
    for (const { cache, hit, miss } of cacheTallies) {
      this.inc({ cache, result: 'hit' }, hit)
      this.inc({ cache, result: 'miss' }, miss)
    }
  },
})

/** Counts the look-ups of one cache. */
export function countCacheRequests(cache: string): (hit: boolean) => void {
  const tally = { cache, hit: 0, miss: 0 }
  cacheTallies.push(tally)
  return (hit) => {
    if (hit) tally.hit += 1
    else tally.miss += 1
  }
}

export const socketEventSeconds = createTimings('rankpulse_socket_event_seconds', 'Socket.IO events until their ack', [
  'event',
  'outcome',
])
export const httpRequestSeconds = createTimings('rankpulse_http_request_seconds', 'HTTP requests until their answer', [
  'route',
  'status',
])

let defaultsCollected = false

/** Adds the metrics of the process (CPU, memory, event loop, garbage collection); further calls do nothing. */
export function collectProcessMetrics(): void {
  if (defaultsCollected) return
  defaultsCollected = true
  collectDefaultMetrics({ register: registry })
}

/** Notes one duration in seconds. */
export type Observe = (seconds: number) => void

interface Series {
  labels: Record<string, string>
  buckets: number[]
  sum: number
  count: number
}

const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * A histogram whose series are looked up once and then noted without hashing labels: prom-client's own hashes them on
 * every observation, which shows at tens of thousands of requests a second.
 */
export function createTimings<Label extends string>(name: string, help: string, labelNames: Label[]) {
  const all = new Map<string, { series: Series; observe: Observe }>()
  const metric = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    get: () => ({ name, help, type: 'histogram', aggregator: 'sum', values: [...all.values()].flatMap(toValues) }),
    reset: () => all.clear(),
  }
  registry.registerMetric(metric as unknown as Metric)

  function toValues({ series }: { series: Series }) {
    let below = 0
    const buckets = [...bounds, '+Inf'].map((le, index) => {
      below += series.buckets[index] ?? 0
      return { metricName: `${name}_bucket`, labels: { ...series.labels, le }, value: below }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: series.labels, value: series.sum },
      { metricName: `${name}_count`, labels: series.labels, value: series.count },
    ]
  }

  /** The observer of one series; keep it where it is used often. */
  return function seriesOf(labels: Record<Label, string>): Observe {
    const key = labelNames.map((label) => labels[label]).join('\n')
    const known = all.get(key)
    if (known !== undefined) return known.observe
    const series: Series = { labels, buckets: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0, count: 0 }
    const observe: Observe = (seconds) => {
      let index = 0
      while (index < bounds.length && seconds > bounds[index]!) index++
      series.buckets[index]!++
      series.sum += seconds
      series.count++
    }
    all.set(key, { series, observe })
    return observe
  }
}
