import type { Board } from '../actions/ports.ts'
import type { BuildOf } from '../actions/repair-ports.ts'
import { buildList, type BuildOptions, type Built } from './build-list.ts'
import { nameOf } from './list-name.ts'

export interface Rebuilder {
  /** Makes a lost list whole; calls for the same standings share one run. Null when it could not be done. */
  restore(of: Board): Promise<Board | null>
  /**
   * Builds a list anew and answers its rows; what is whole is served meanwhile, unless it is distrusted. Rejects when
   * Postgres or Redis do not answer. `onRows` is told how many rows more are in.
   */
  rebuild(of: Board, what: Exclude<BuildOf, 'lost'>, onRows?: (rows: number) => void): Promise<number>
  /** The lists being built by this process, as `leaderboard/selector`. */
  running(): string[]
}

export interface RebuilderOptions extends BuildOptions {
  /** Lists built at the same time. */
  concurrency: number
  /** Clients that watch a standings: of those that wait, the most watched is built first. */
  watchers(of: Board): number
}

/** Builds lists in Redis from Postgres. */
export function createRebuilder(options: RebuilderOptions): Rebuilder {
  const runs = new Map<number, { name: string; built: Promise<Built> }>()
  const waiting: { of: Board; start(): void }[] = []
  let active = 0

  const inTurn = async (of: Board, build: () => Promise<Built>): Promise<Built> => {
    if (active >= options.concurrency) await new Promise<void>((start) => waiting.push({ of, start }))
    else active += 1
    try {
      return await build()
    } finally {
      const most = waiting.reduce(
        (best, one, at) => (options.watchers(one.of) > options.watchers(waiting[best]!.of) ? at : best),
        0,
      )
      const [next] = waiting.splice(most, 1)
      if (next) next.start()
      else active -= 1
    }
  }
  const begin = (of: Board, what: BuildOf, onRows?: (rows: number) => void): Promise<Built> => {
    const built = inTurn(of, () => buildList(options, of, what, onRows)).finally(() => runs.delete(of.standings.id))
    runs.set(of.standings.id, { name: nameOf(of), built })
    return built
  }

  return {
    restore(of) {
      const built = runs.get(of.standings.id)?.built ?? begin(of, 'lost')
      return built.then(
        ({ of: now }) => now,
        (err: unknown) => {
          options.log.warn(
            { err, list: nameOf(of) },
            'a list could not be built; it is tried again when it is asked for',
          )
          return null
        },
      )
    },
    async rebuild(of, what, onRows) {
      // What is being built began earlier, and may not see what is wrong now. Of those that wait for it one begins first.
      for (let run; (run = runs.get(of.standings.id));) await run.built.catch(() => {})
      return (await begin(of, what, onRows)).rows
    },
    running: () => [...runs.values()].map(({ name }) => name),
  }
}
