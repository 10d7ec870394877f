import { setTimeout as sleep } from 'node:timers/promises'
import type { RankedList } from '../actions/ports/ranks.ts'
import type { BuildOf } from '../actions/ports/lists.ts'
import { buildList, type BuildOptions, type Built } from './build-list.ts'
import { createBudget } from './copy-budget.ts'
import { nameOf } from './list-name.ts'
import { listsPerTurn, restoreLists } from './restore-lists.ts'
import { createRestoreQueue } from './restore-queue.ts'

// Large lists and turns of small ones at the same time: small ones do not wait for large ones.
const atOnce = 2
const retryMs = 1000
// Until a list that another server builds is looked at again.
const busyMs = 50
const busyUnaskedMs = 500
// About 900 MB. A copy beside a list that is served doubles what it takes, so that large ones follow one another.
const copiedRowsMax = 5_000_000
const namesShown = 100

export interface Rebuilder {
  /** Makes a lost list whole; calls for the same standings share one run. Null when it could not be done. */
  restore(list: RankedList): Promise<RankedList | null>
  /** Makes lists whole, however long it takes, behind those that somebody asks for. Resolves when they are. */
  restoreAll(lists: RankedList[]): Promise<void>
  /**
   * Builds a list again and returns its rows; what is whole is served meanwhile, unless it is distrusted. Rejects when
   * Postgres or Redis do not answer. `onRows` is told how many rows more are in.
   */
  rebuild(list: RankedList, what: Exclude<BuildOf, 'lost'>, onRows?: (rows: number) => void): Promise<number>
  /** The lists that this process builds, or will, as `leaderboard/selector`; 100 at most. */
  running(): string[]
}

export interface RebuilderOptions extends BuildOptions {
  /** Clients that watch a standings list: of those that wait, the most watched is built first. */
  watchers(list: RankedList): number
}

interface Run {
  list: RankedList
  what: BuildOf
  onRows?: ((rows: number) => void) | undefined
  /** It goes on until it is done. */
  lasting: boolean
  rank: number
  waiters: { done(built: Built): void; failed(error: unknown): void }[]
}

/** Builds lists in Redis from Postgres. */
export function createRebuilder(options: RebuilderOptions): Rebuilder {
  const runs = new Map<number, Run>()
  const begun = new Set<Run>()
  const inBudget = createBudget(copiedRowsMax)

  const settle = (run: Run, built: Built) => {
    runs.delete(run.list.standings.id)
    for (const { done } of run.waiters.splice(0)) done(built)
  }
  const fail = (run: Run, error: unknown) => {
    const lasts = run.lasting && !options.stopped()
    if (!lasts) runs.delete(run.list.standings.id)
    for (const { failed } of run.waiters.splice(0)) failed(error)
    if (lasts) small.add(run)
  }
  const lane = (perTurn: number, work: (turn: Run[]) => Promise<void>) => {
    const queue = createRestoreQueue<Run>()
    let active = 0
    // One that always fails must not keep others from being done: after a failure fewer go together.
    let together = perTurn
    const turn = async (taken: Run[]) => {
      for (const run of taken) begun.add(run)
      try {
        await work(taken)
        together = Math.min(perTurn, together * 2)
      } catch (err) {
        options.log.warn({ err, lists: taken.slice(0, 3).map((run) => nameOf(run.list)) }, 'lists could not be built')
        together = Math.ceil(taken.length / 2)
        for (const run of taken) fail(run, err)
        // What goes on until it is done does not go on at once.
        if (!options.stopped()) await sleep(retryMs)
      } finally {
        for (const run of taken) begun.delete(run)
      }
    }
    const go = () => {
      while (active < atOnce && queue.size() > 0) {
        active += 1
        void turn(queue.take(together)).finally(() => {
          active -= 1
          go()
        })
      }
    }
    return {
      queue,
      add(run: Run) {
        queue.add(run, run.list.board.no, run.rank)
        go()
      },
    }
  }
  const large = lane(1, async ([run]) => settle(run!, await buildList(options, run!.list, run!.what, run!.onRows)))
  const small = lane(listsPerTurn, async (turn) => {
    const restored = await restoreLists(
      options,
      turn.map((run) => run.list),
    )
    const busy: Run[] = []
    turn.forEach((run, at) => {
      const result = restored[at]!
      if (result === 'large') large.add(run)
      else if (result === 'busy') busy.push(run)
      else settle(run, { list: result.list, rows: 0 })
    })
    for (const [asked, ms] of [
      [true, busyMs],
      [false, busyUnaskedMs],
    ] as const) {
      const again = busy.filter((run) => run.rank > 0 === asked)
      if (again.length > 0) setTimeout(() => again.forEach((run) => small.add(run)), ms).unref()
    }
  })

  /** The run that makes a list whole; one that waits moves ahead when it is asked for more. */
  const wanted = (list: RankedList, rank: number, lasting: boolean): Run => {
    let run = runs.get(list.standings.id)
    if (run === undefined) {
      run = { list, what: 'lost', lasting, rank, waiters: [] }
      runs.set(list.standings.id, run)
      small.add(run)
    }
    run.lasting ||= lasting
    if (rank > run.rank) {
      run.rank = rank
      if (small.queue.has(run)) small.add(run)
      else if (large.queue.has(run)) large.add(run)
    }
    return run
  }
  const end = (run: Run) => new Promise<Built>((done, failed) => run.waiters.push({ done, failed }))

  return {
    restore: (list) =>
      end(wanted(list, 1 + options.watchers(list), false)).then(
        ({ list: now }) => now,
        () => null,
      ),
    async restoreAll(lists) {
      await Promise.all(
        lists.map(async (list) => {
          const run = wanted(list, 0, true)
          while (runs.get(list.standings.id) === run) await end(run).catch(() => {})
        }),
      )
    },
    async rebuild(list, what, onRows) {
      const members = what === 'always' ? await options.builder.members(list) : 0
      return inBudget(members, async () => {
        // What is being built began earlier, and may not see what is wrong now. Of those that wait for it one begins first.
        for (let run; (run = runs.get(list.standings.id));) await end(run).catch(() => {})
        const run: Run = { list, what, onRows, lasting: false, rank: 1 + options.watchers(list), waiters: [] }
        runs.set(list.standings.id, run)
        const built = end(run)
        large.add(run)
        return (await built).rows
      })
    },
    running() {
      const all = [...begun, ...large.queue.some(namesShown), ...small.queue.some(namesShown)]
      return [...new Set(all.slice(0, namesShown).map((run) => nameOf(run.list)))]
    },
  }
}
