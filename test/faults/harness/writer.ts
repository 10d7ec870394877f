import { setTimeout as sleep } from 'node:timers/promises'
import type { Submission } from './history.ts'
import type { Submit } from './submit.ts'

/** A writer that can be made to wait, for faults that must know that nothing is under way. */
export interface Writer {
  start(): void
  /** Begins nothing new; false when something is still under way after `limitMs`. */
  pause(limitMs: number): Promise<boolean>
  resume(): void
  stop(): Promise<void>
}

const pollMs = 20

/** Sends what `next` makes, each until it is answered, whether or not the one before was. */
export function createWriter(perSecond: number, submit: Submit, next: () => Submission | null): Writer {
  let paused = 0
  const underWay = new Set<Submission>()
  let timer: NodeJS.Timeout | undefined
  const send = async () => {
    const one = paused > 0 ? null : next()
    if (one === null) return
    underWay.add(one)
    await submit([one])
    one.open = false
    underWay.delete(one)
  }
  const idle = async (until: number) => {
    while (underWay.size > 0 && performance.now() < until) await sleep(pollMs)
    return underWay.size === 0
  }
  return {
    start() {
      timer = setInterval(() => void send(), 1000 / perSecond)
    },
    pause(limitMs) {
      paused += 1
      return idle(performance.now() + limitMs)
    },
    resume() {
      paused -= 1
    },
    async stop() {
      clearInterval(timer)
      await idle(Infinity)
    },
  }
}
