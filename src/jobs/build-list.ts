import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RankedList } from '../actions/ports/ranks.ts'
import type { Standings, StandingsStore } from '../actions/ports/standings.ts'
import type { Truth } from '../actions/ports/truth.ts'
import type { BuildOf, ListBuilder, ListWriter, Loaded } from '../actions/ports/lists.ts'
import type { Log } from '../log.ts'
import { listsRebuilt } from '../metrics.ts'
import { nameOf } from './list-name.ts'
import { ensureWatermark } from './watermark.ts'

// Redis works about 2 ms on so many rows of a call. They come sorted by score within a page: neighbours in the list are
// added in half the time.
const rowsPerCall = 500
const rowsPerPage = 5000
const callsInFlight = 2
const busyPollMs = 50
// Well within the 5 s after which a builder counts as dead: a page may take longer than that on a busy Postgres.
const heartbeatMs = 1000
const retryMs = 250
// A copy that is begun outlives its builder: who gives up lets another one go on.
const patienceMs = 30_000
const tellMs = 5000

export interface BuildOptions {
  builder: ListBuilder
  writer: ListWriter
  truth: Truth
  standings: Pick<StandingsStore, 'reload' | 'reloadAll' | 'nextGenerations'>
  /** This process has other things to do than to try again. */
  stopped(): boolean
  log: Log
}

export interface Built {
  /** The standings as it is served now; null when it has no list any more. */
  list: RankedList | null
  rows: number
}

/** Something is not in that was: the copy has to be looked at again. */
class Interrupted extends Error {}

/**
 * Builds a list from Postgres. What is lost is given up with its tombstones before the next generation is drawn: who names
 * that one has read Postgres later, and its rows go into the copy from then on; who names an older one takes no part. Only
 * then Postgres is read: a commit is in what is read or applied to the copy, and versions make both harmless. What is
 * whole keeps its tombstones and takes rows as before, and its generation is drawn when the copy is complete.
 *
 * A call or a query that fails is no reason to begin again: the copy is claimed again, by another token that fences what
 * is still on its way, and goes on behind the last player that it has. Rejects after half a minute without progress.
 */
export async function buildList(
  options: BuildOptions,
  { board, standings: asked }: RankedList,
  wanted: BuildOf,
  onRows: (rows: number) => void = () => {},
): Promise<Built> {
  const { builder, standings, log } = options
  const started = Date.now()
  const progress = createProgress(options, nameOf({ board, standings: asked }), onRows)
  let [what, token] = [wanted, '']
  let behind: number | null = null
  for (;;) {
    let stop = () => {}
    try {
      const row = await standings.reload(asked.id)
      // A sealed one is read from Postgres.
      if (row === null || row.status === 'SEALED') return { list: null, rows: 0 }
      await ensureWatermark(options.writer, options.truth, board.no)
      const list = { board, standings: row }
      const held = token
      token = randomUUID()
      const { state, generation, after, served } = (await builder.begin([list], token, what, held))[0]!
      if (state === 'WHOLE') return { list, rows: progress.rows() }
      if (state === 'NEWER') {
        // Another node drew a generation since. Where Postgres knows of none, it was set back behind what Redis holds.
        if (behind === row.generation) await options.writer.dropLists(board.no, [asked.id])
        behind = row.generation
        continue
      }
      if (state === 'BUSY') {
        progress.heard()
        await sleep(busyPollMs)
        continue
      }
      // What is given up by now may be built by anybody.
      if (!served) what = 'lost'
      stop = heartbeat(builder, [list], token)
      const drawn = generation === row.generation
      let next = drawn || served ? row : await draw(options, row)
      const calls = await copy(options, list, token, after, progress)
      // A new generation: should Redis fall back to a copy from before this rebuild, the wrong list counts as LOST.
      if (!drawn && served) next = await draw(options, row)
      const last = { list, call: calls + 1, rows: [], last: null, finish: next.generation }
      const [finished] = await builder.load([last], token)
      if (finished !== 'WHOLE') throw new Interrupted(`the copy is ${finished}`)
      const rows = progress.rows()
      listsRebuilt.inc()
      log.info({ leaderboard: board.id, standings: asked.id, rows, ms: Date.now() - started }, 'list restored')
      return { list: { board, standings: next }, rows }
    } catch (error) {
      if (options.stopped() || !progress.lately()) {
        await builder.leave([{ board, standings: asked }], token).catch(() => {})
        throw error
      }
      progress.failed(error)
      await sleep(retryMs)
    } finally {
      stop()
    }
  }
}

/** Tells that the builder of lists is alive, until it is called. */
export function heartbeat(builder: Pick<ListBuilder, 'alive'>, lists: RankedList[], token: string): () => void {
  const timer = setInterval(() => void builder.alive(lists, token).catch(() => {}), heartbeatMs)
  return () => clearInterval(timer)
}

async function draw({ standings }: BuildOptions, row: Standings): Promise<Standings> {
  const next = (await standings.nextGenerations([row])).get(row.id)
  if (next === undefined) throw new Interrupted('another one drew a generation')
  return next
}

/** Reads the rows behind a player into the copy; returns the number of calls. Rejects when it has to be claimed again. */
async function copy(
  { builder, truth }: BuildOptions,
  list: RankedList,
  token: string,
  after: string,
  progress: ReturnType<typeof createProgress>,
): Promise<number> {
  let call = 0
  // Redis works on one call while the next one is encoded.
  const loading: Promise<Loaded[]>[] = []
  const settle = async () => {
    const [loaded] = (await loading.shift())!
    if (loaded !== 'IN') throw new Interrupted(`the copy is ${loaded}`)
    progress.heard()
  }
  progress.from(after)
  for await (const { rows, last } of truth.walk(list.standings.id, rowsPerPage, after)) {
    for (let from = 0; from < rows.length; from += rowsPerCall) {
      const some = rows.slice(from, from + rowsPerCall)
      if (loading.length === callsInFlight) await settle()
      call += 1
      const ended = from + rowsPerCall >= rows.length
      const sent = builder.load([{ list, call, rows: some, last: ended ? last : null, finish: null }], token)
      sent.catch(() => {}) // looked at when its turn comes
      loading.push(sent)
      progress.add(some.length)
    }
    progress.page(last)
  }
  while (loading.length > 0) await settle()
  return call
}

/** What is known of a run: rows since it began, wherever it went on, and when it last got on. */
function createProgress({ log }: BuildOptions, list: string, onRows: (rows: number) => void) {
  const started = Date.now()
  // Rows up to the ends of pages: where it goes on is one of these, or was found so.
  const ends = new Map<string, number>()
  let [rows, told, heardAt, toldAt, complained] = [0, 0, started, started, false]
  return {
    rows: () => rows,
    lately: () => Date.now() - heardAt < patienceMs,
    heard: () => void (heardAt = Date.now()),
    from(after: string) {
      rows = ends.get(after) ?? 0
    },
    add(more: number) {
      rows += more
      if (rows > told) onRows(rows - told)
      told = Math.max(told, rows)
      if (Date.now() - toldAt < tellMs) return
      toldAt = Date.now()
      const perSecond = Math.round((told * 1000) / (toldAt - started))
      log.info({ list, rows, perSecond }, 'a list is being built')
    },
    page(last: string) {
      ends.set(last, rows)
    },
    failed(err: unknown) {
      if (!complained) log.warn({ err, list, rows }, 'building a list is interrupted; it goes on where it was')
      complained = true
    },
  }
}
