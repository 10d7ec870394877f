/** The answer of `/health`. `ready` says whether this process should get traffic. */
export interface Health {
  ready: boolean
  status: 'ok' | 'degraded' | 'down'
  redis: 'ok' | 'catching-up' | 'unfit' | 'down'
  postgres: 'ok' | 'down'
  /** `off`: more than 2 s from that of Postgres; `unknown` until Postgres has answered. */
  clock: 'ok' | 'off' | 'unknown'
  clockAheadMs: number | null
  rebuilding: string[]
  version: string
}

export interface HealthOptions {
  /** Rejects when Postgres does not answer in time. */
  probe(): Promise<unknown>
  redis(): Health['redis']
  clock(): { clock: Health['clock']; aheadMs: number | null }
  rebuilding(): string[]
  /** This process is stopping: it should get no new traffic. */
  stopping(): boolean
  version: string
}

/** How the server is. Without Postgres no score can be stored; without Redis reads still come from Postgres. */
export function createHealth(options: HealthOptions): () => Promise<Health> {
  return async () => {
    const answers = await options.probe().then(
      () => true,
      () => false,
    )
    const redis = options.redis()
    const { clock, aheadMs } = options.clock()
    return {
      ready: answers && !options.stopping(),
      status: !answers ? 'down' : redis === 'ok' && clock !== 'off' ? 'ok' : 'degraded',
      redis,
      postgres: answers ? 'ok' : 'down',
      clock,
      clockAheadMs: aheadMs,
      rebuilding: options.rebuilding(),
      version: options.version,
    }
  }
}
