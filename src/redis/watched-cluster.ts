import { Cluster, type Redis } from 'ioredis'
import type { ClusterSettings } from './open.ts'

const slotCount = 16_384
const refreshEveryMs = 5000

/**
 * A Cluster that tells when what it serves may have changed: `up` when every slot has a master that is connected, `down`
 * when that ends, and both when a slot has another master, or the same one over a new connection. ioredis by itself goes
 * on with whatever node is there.
 */
export class WatchedCluster extends Cluster {
  #served: string | null = null
  #attempts = 0
  #timer: NodeJS.Timeout | undefined
  readonly #retry: (attempt: number) => number
  readonly #ids = new WeakMap<Redis, number>()
  #lastId = 0

  constructor(hosts: { host: string; port: number }[], options: ClusterSettings, retry: (attempt: number) => number) {
    super(hosts, {
      ...options,
      slotsRefreshInterval: refreshEveryMs,
      // The next command finds out soon enough; this one is not sent twice.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
    })
    this.#retry = retry
    for (const event of ['ready', 'refresh']) this.on(event, () => this.#adopt())
    for (const event of ['close', 'reconnecting', '-node']) this.on(event, () => this.#look())
    this.once('end', () => clearTimeout(this.#timer))
  }

  /**
   * A slot that moved was perhaps taken over by a replica that lacks something: the command fails, as on every lost
   * connection, instead of being answered by the new master before anybody has looked at it.
   */
  override handleError(error: Error, ttl: { value?: unknown }, handlers: { defaults(): void }): void {
    if (!/^(MOVED|CLUSTERDOWN) |^Connection is closed/.test(error.message))
      return super.handleError(error, ttl, handlers)
    this.refreshSlotsCache()
    handlers.defaults()
  }

  #adopt(): void {
    if (this.status !== 'ready') return
    for (const node of this.nodes('master')) {
      if (!this.#ids.has(node)) {
        this.#ids.set(node, ++this.#lastId)
        for (const event of ['ready', 'close', 'end']) node.on(event, () => this.#look())
      }
      // ioredis waits for a command before it connects.
      if (node.status === 'wait') node.connect().catch(() => {})
    }
    this.#look()
  }

  #look(): void {
    const layout = this.status === 'ready' ? this.#layout() : null
    if (layout !== this.#served) {
      if (this.#served !== null) this.emit('down')
      this.#served = layout
      if (layout !== null) this.emit('up')
    }
    if (layout !== null) this.#attempts = 0
    else if (this.status === 'ready') this.#lookAgain()
  }

  #lookAgain(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.status === 'ready') this.refreshSlotsCache(() => this.#adopt())
    }, this.#retry(++this.#attempts)).unref()
  }

  /** Which connection serves which slots; null unless all of them are served. */
  #layout(): string | null {
    const ids = new Map<string, number>()
    for (const node of this.nodes('master'))
      if (node.status === 'ready') ids.set(`${node.options.host}:${node.options.port}`, this.#ids.get(node) ?? 0)
    const runs: string[] = []
    let last: string | undefined
    for (let slot = 0; slot < slotCount; slot++) {
      const owner = this.slots[slot]?.[0]
      if (owner === undefined) return null
      if (owner === last) continue
      const id = ids.get(owner)
      if (id === undefined) return null
      runs.push(`${slot}:${id}`)
      last = owner
    }
    return runs.join()
  }
}
