import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Board, StandingsStore } from '../actions/ports.ts'
import type { BuildOf, ListBuilder, ListWriter, Truth } from '../actions/repair-ports.ts'
import type { Log } from '../log.ts'
import { listsRebuilt } from '../metrics.ts'
import { formatSelector } from '../ranking/selector.ts'
import { ensureWatermark } from './watermark.ts'

// Redis works about 2 ms on so many rows of a call. They come sorted by score within a page: neighbours in the list are
// added in half the time.
const rowsPerCall = 500
const rowsPerPage = 5000
const callsInFlight = 2
const busyPollMs = 50
// Well within the 5 s after which a builder counts as dead: a page may take longer than that on a busy Postgres.
const heartbeatMs = 1000

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

export interface RebuilderOptions {
  builder: ListBuilder
  writer: ListWriter
  truth: Truth
  standings: Pick<StandingsStore, 'reload' | 'nextGeneration'>
  log: Log
  /** Lists built at the same time. */
  concurrency: number
  /** Clients that watch a standings: of those that wait, the most watched is built first. */
  watchers(of: Board): number
}

interface Built {
  /** The standings as it is served now; null when it has no list any more. */
  of: Board | null
  rows: number
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

/** What logs, health and reports call a list: `leaderboard/selector`. */
export function nameOf({ board, standings }: Board): string {
  return `${board.id}/${formatSelector(standings.type, standings.key)}`
}

/**
 * Writes go into the copy from `begin` on, and only then Postgres is read: a commit is in what is read or applied to the
 * copy, and versions make both harmless. A new generation is in Postgres before the copy is served.
 */
async function buildList(
  { builder, writer, truth, standings, log }: RebuilderOptions,
  { board, standings: asked }: Board,
  what: BuildOf,
  onRows: (rows: number) => void = () => {},
): Promise<Built> {
  const token = randomUUID()
  const started = Date.now()
  await ensureWatermark(writer, truth, board.no)
  for (;;) {
    const row = await standings.reload(asked.id)
    // A sealed one is read from Postgres.
    if (row === null || row.status === 'SEALED') return { of: null, rows: 0 }
    const of = { board, standings: row }
    const begun = await builder.begin(of, token, what)
    if (begun === 'WHOLE') return { of, rows: 0 }
    if (begun === 'BEGUN') {
      const alive = setInterval(() => void builder.load(of, token, []).catch(() => {}), heartbeatMs)
      try {
        const rows = await copy(builder, truth, of, token, onRows)
        // Whoever falls back to a Redis from before a rebuild of what was wrong must not find it whole.
        const next = rows === null ? null : what === 'lost' ? row : await standings.nextGeneration(row)
        if (rows !== null && next !== null && (await builder.finish(of, token, next.generation))) {
          const ms = Date.now() - started
          listsRebuilt.inc()
          log.info({ leaderboard: board.id, standings: asked.id, rows, ms }, 'list restored')
          return { of: { board, standings: next }, rows }
        }
      } catch (error) {
        await builder.abandon(of, token).catch(() => {})
        throw error
      } finally {
        clearInterval(alive)
      }
    }
    await sleep(busyPollMs)
  }
}

/** Null when the copy went away meanwhile. */
async function copy(
  builder: ListBuilder,
  truth: Truth,
  of: Board,
  token: string,
  onRows: (rows: number) => void,
): Promise<number | null> {
  let rows = 0
  // Redis works on one call while the next one is encoded.
  const loading: Promise<boolean>[] = []
  for await (const page of truth.walk(of.standings.id, rowsPerPage)) {
    for (let from = 0; from < page.length; from += rowsPerCall) {
      const entries = page.slice(from, from + rowsPerCall)
      if (loading.length === callsInFlight && !(await loading.shift())) return null
      const call = builder.load(of, token, entries)
      call.catch(() => {}) // looked at when its turn comes
      loading.push(call)
      rows += entries.length
      onRows(entries.length)
    }
  }
  return (await Promise.all(loading)).every(Boolean) ? rows : null
}
