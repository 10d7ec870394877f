import { setTimeout as sleep } from 'node:timers/promises'
import { backOff } from '../timing/back-off.ts'
import { AppError } from '../errors.ts'
import type { Log } from '../log.ts'
import { LedgerFailure } from './ports/ledger.ts'

export interface GroupCommitOptions<Item, Outcome, Result> {
  lanes: number
  /** Items of one commit at most. */
  batchMax: number
  /** Items waiting or in flight in this process at most; past it OVERLOADED. */
  queueLimit: number
  /** Milliseconds after arrival at which an item that is not committed is answered UNAVAILABLE. */
  deadlineMs: number
  commit(lane: number, items: Item[]): Promise<Outcome>
  /** Turns a commit into one result an item, in order, within `waitMs`. The lane does not wait for it. */
  finish(items: Item[], outcome: Outcome, waitMs: number): Promise<Result[]>
  log: Log
}

export interface GroupCommit<Item, Result> {
  /** Queues an item on the lane of its key: items of one key keep their order. */
  submit(key: string, item: Item): Promise<Result>
  waiting(): number
  /** Refuses new items and resolves when those that wait are answered, at most `withinMs` (default: their deadline). */
  drain(withinMs?: number): Promise<void>
}

interface Waiting<Item, Result> {
  item: Item
  deadline: number
  answered: boolean
  /** Its commit went through; the answer is on its way. */
  stored: boolean
  resolve(result: Result): void
  reject(error: AppError): void
}

const sweepMs = 500
// After a batch that failed: another transaction was in the way, or Postgres did not answer.
const pauses = { conflict: { baseMs: 10, maxMs: 100 }, unavailable: { baseMs: 50, maxMs: 500 } }
// What was committed late has this long for its answer, and a little longer before it is given up.
const finishMs = 1500
const giveUpMs = 2000

const unanswered = () =>
  new AppError('UNAVAILABLE', 'the database does not answer; send the same submissionId again later')
const withoutReceipt = () =>
  new AppError('UNAVAILABLE', 'stored, but the receipt could not be made; send the same submissionId again')

/** Lanes of group commit: each takes whatever queued while its last commit was in flight, without waiting when idle. */
export function createGroupCommit<Item, Outcome, Result>(
  options: GroupCommitOptions<Item, Outcome, Result>,
): GroupCommit<Item, Result> {
  type Entry = Waiting<Item, Result>
  const lanes = Array.from({ length: options.lanes }, () => ({
    queue: [] as Entry[],
    busy: false,
    size: options.batchMax,
  }))
  // Batches whose items are not all answered. An array: a Set leaves a chain of outgrown tables behind, which keep what
  // they held alive until a full garbage collection.
  const inFlight: Entry[][] = []
  let open = 0
  let draining = false
  let idle: () => void = () => {}

  const settled = (entry: Entry): boolean => {
    if (entry.answered) return false
    entry.answered = true
    if (--open === 0) idle()
    return true
  }
  const answer = (entry: Entry, result: Result) => {
    if (settled(entry)) entry.resolve(result)
  }
  const fail = (entry: Entry, error: AppError) => {
    if (settled(entry)) entry.reject(error)
  }
  const finish = async (entries: Entry[], outcome: Outcome) => {
    for (const entry of entries) entry.stored = true
    try {
      const results = await options.finish(
        entries.map((entry) => entry.item),
        outcome,
        Math.max(finishMs, entries[0]!.deadline - Date.now()),
      )
      entries.forEach((entry, index) => answer(entry, results[index]!))
    } catch (err) {
      options.log.error({ err }, 'a committed batch could not be answered')
      for (const entry of entries) fail(entry, withoutReceipt())
    }
  }

  /** Resolves when the lane is free again, with what is still to be done for the answers. */
  const flush = async (lane: number, batch: Entry[]): Promise<Promise<void>[]> => {
    const state = lanes[lane]!
    let left = batch
    for (let attempt = 1; ; attempt++) {
      left = left.filter((entry) => !entry.answered)
      if (left.length === 0) return []
      try {
        const outcome = await options.commit(
          lane,
          left.map((entry) => entry.item),
        )
        state.size = Math.min(options.batchMax, state.size * 2)
        return [finish(left, outcome)]
      } catch (error) {
        const kind = error instanceof LedgerFailure ? error.kind : 'fault'
        if (kind === 'conflict' || kind === 'unavailable') {
          await sleep(backOff(attempt, pauses[kind]))
          if (kind === 'conflict' || left.length === 1) continue
        }
        if (left.length > 1 && (kind === 'bad-data' || kind === 'unavailable')) {
          // Only the bad row may fail: halve until it is alone. What got no answer may have been too much for a busy
          // database: less at once, until commits get through again. The order within a player is kept.
          const middle = left.length >> 1
          if (kind === 'unavailable') state.size = middle
          const first = await flush(lane, left.slice(0, middle))
          return [...first, ...(await flush(lane, left.slice(middle)))]
        }
        options.log.error({ err: error }, 'a submission could not be stored')
        const code = kind === 'bad-data' ? 'VALIDATION' : 'INTERNAL'
        for (const entry of left) fail(entry, new AppError(code, 'the database refused this submission'))
        return []
      }
    }
  }

  const run = async (lane: number) => {
    const state = lanes[lane]!
    state.busy = true
    while (state.queue.length > 0) {
      const batch = state.queue.splice(0, state.size)
      inFlight.push(batch)
      const answers = await flush(lane, batch)
      void Promise.all(answers).then(() => inFlight.splice(inFlight.indexOf(batch), 1))
    }
    state.busy = false
  }

  const everyEntry = () => [...inFlight, ...lanes.map((state) => state.queue)].flat()

  // Whatever a lane is stuck in, every item is answered in time; one whose commit still goes through is a duplicate when
  // it is sent again.
  const sweep = setInterval(() => {
    const now = performance.now()
    for (const entry of everyEntry()) {
      if (entry.stored ? entry.deadline + giveUpMs <= now : entry.deadline <= now)
        fail(entry, entry.stored ? withoutReceipt() : unanswered())
    }
    for (const state of lanes) state.queue = state.queue.filter((entry) => !entry.answered)
  }, sweepMs).unref()

  return {
    submit(key, item) {
      if (draining) return Promise.reject(new AppError('UNAVAILABLE', 'this server is stopping; connect to another'))
      if (open >= options.queueLimit)
        return Promise.reject(
          new AppError('OVERLOADED', 'too many submissions wait here; send the same one again shortly'),
        )
      return new Promise((resolve, reject) => {
        const lane = laneOf(key, options.lanes)
        const state = lanes[lane]!
        const deadline = performance.now() + options.deadlineMs
        const entry = { item, deadline, answered: false, stored: false, resolve, reject }
        open++
        state.queue.push(entry)
        if (state.busy) return
        state.busy = true
        // At the end of this turn, so that what arrived with it shares the commit.
        setImmediate(() => void run(lane))
      })
    },
    waiting: () => open,
    async drain(withinMs = options.deadlineMs) {
      draining = true
      const latest = performance.now() + withinMs
      for (const entry of everyEntry()) entry.deadline = Math.min(entry.deadline, latest)
      if (open > 0) await new Promise<void>((resolve) => (idle = resolve))
      clearInterval(sweep)
    },
  }
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): spreads short keys evenly and cheaply. */
function laneOf(key: string, lanes: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % lanes
}
