import type { Socket } from 'node:net'

/** One direction of a connection through the proxy. */
export interface FaultPipe {
  /** Each chunk arrives this much later, in order. */
  delay(ms: number): void
  /** Nothing gets through; what was sent meanwhile arrives when it is let go, as after a cut of the network. */
  hold(on: boolean): void
  /** Nothing gets through any more, not even the end; `heard` is called with each chunk that is thrown away. */
  swallow(heard?: (chunk: Buffer) => void): void
  /** The receiving end hears that nothing more comes; the other direction goes on. */
  halfClose(): void
}

// What waits in a held direction, in bytes; past it the sender's own buffers fill.
const waitingLimit = 64 * 1024 * 1024

/** Carries what `from` reads to `to`. `passing` sees each chunk before it is sent on. Both must allow half-open ends. */
export function createPipe(from: Socket, to: Socket, passing: (chunk: Buffer) => void): FaultPipe {
  const queue: { chunk: Buffer | null; dueAt: number }[] = []
  let waiting = 0
  let delayMs = 0
  let [held, full] = [false, false]
  let swallowing: ((chunk: Buffer) => void) | null = null
  let timer: NodeJS.Timeout | undefined

  const deliver = (chunk: Buffer | null) => {
    if (to.destroyed) return
    if (chunk === null) {
      if (from.destroyed) to.destroySoon()
      else to.end()
    } else if (to.writable && !to.write(chunk)) {
      from.pause()
      to.once('drain', () => from.resume())
    }
  }
  const flush = () => {
    clearTimeout(timer)
    if (held) return
    while (queue.length > 0) {
      const wait = queue[0]!.dueAt - performance.now()
      if (wait > 0) {
        timer = setTimeout(flush, wait)
        return
      }
      const { chunk } = queue.shift()!
      waiting -= chunk?.length ?? 0
      deliver(chunk)
    }
    if (full && waiting < waitingLimit) {
      full = false
      from.resume()
    }
  }
  const take = (chunk: Buffer | null) => {
    if (swallowing) return chunk === null ? undefined : swallowing(chunk)
    if (chunk !== null) passing(chunk)
    if (!held && delayMs === 0 && queue.length === 0) return deliver(chunk)
    // Never before what was sent earlier, whatever the delay was then.
    queue.push({ chunk, dueAt: Math.max(performance.now() + delayMs, queue.at(-1)?.dueAt ?? 0) })
    waiting += chunk?.length ?? 0
    if (waiting >= waitingLimit) {
      full = true
      from.pause()
    }
    flush()
  }
  from.on('data', take)
  from.once('end', () => take(null))
  from.once('close', () => take(null))
  to.once('close', () => clearTimeout(timer))

  return {
    delay(ms) {
      delayMs = ms
    },
    hold(on) {
      held = on
      flush()
    },
    swallow(heard = () => {}) {
      swallowing = heard
      queue.length = 0
      from.resume()
    },
    halfClose: () => void to.end(),
  }
}
