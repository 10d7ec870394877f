import type { Actions } from '../actions/actions.ts'
import type { Where } from '../actions/request.ts'
import type { Around, Place } from '../contract/reads.ts'
import { AppError } from '../errors.ts'
import type { Log } from '../log.ts'
import { watchLookups } from '../metrics.ts'
import type { LiveClient } from './broadcast.ts'

export interface WatchesOptions {
  actions: Pick<Actions, 'lookup' | 'readAround'>
  /** False while ranks come from Postgres: watches wait. */
  usable(): boolean
  /** Look-ups a second of this node at most; past them every watch is asked for less often. */
  lookupsPerSecond: number
  log: Log
}

/** With a selector: one that is left out would make a second watch of the same standings. */
export type NamedWhere = Where & { standings: string }

export interface Watches {
  /** Returns what `read` does and tells the client of later changes. LIMIT_EXCEEDED past 10 a client. */
  watchRank(client: LiveClient, where: NamedWhere, playerId: string, read: () => Promise<Place>): Promise<Place>
  /** Where no standings are named, all of the leaderboard are meant. */
  unwatchRank(client: LiveClient, where: Where, playerId: string): void
  watchAround(client: LiveClient, where: NamedWhere, playerId: string, span: number): Promise<Around>
  unwatchAround(client: LiveClient, where: Where, playerId: string): void
  /** Ends every watch of a client. */
  forget(client: LiveClient): void
  start(): void
  stop(): void
}

interface Watch<Known> {
  client: LiveClient
  where: NamedWhere
  playerId: string
  /** What the client was told last; null until the answer to its request. */
  known: Known | null
}
type RankWatch = Watch<{ rank: number | null; score: number | null }>
type AroundWatch = Watch<string> & { span: number }

const watchesPerClient = 10
const intervalMs = 1000
const idsPerLookup = 500
const spectator = { sub: null, role: null } as const

/** Watched ranks and windows: asked for together, once a second at most; only changes are sent. */
export function createWatches({ actions, usable, lookupsPerSecond, log }: WatchesOptions): Watches {
  const ranks = new Map<LiveClient, Map<string, RankWatch>>()
  const arounds = new Map<LiveClient, Map<string, AroundWatch>>()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  // A leaderboard that is gone, or Redis that does not answer: the others still get theirs, this one the next time.
  const skipped = (err: unknown) => log.debug({ err }, 'a watch could not be read')
  /** Look-ups it took. */
  const askRanks = async (): Promise<number> => {
    let lookups = 0
    for (const group of grouped(everyWatch(ranks), (watch) => nameOf(watch.where)))
      for (const some of chunks([...grouped(group, (watch) => watch.playerId)])) {
        const where = some[0]![0]!.where
        lookups += some.length
        const playerIds = some.map((list) => list[0]!.playerId)
        const found = await actions.lookup({ ...where, playerIds }).catch(skipped)
        if (!found) continue
        const rows = new Map(found.rows.map((row) => [row.playerId, row]))
        const at = new Date().toISOString()
        for (const watch of some.flat()) {
          // Ended or replaced since the look-up began.
          if (!isOf(ranks, watch) || watch.known === null) continue
          const { rank = null, score = null } = rows.get(watch.playerId) ?? {}
          if (rank === watch.known.rank && score === watch.known.score) continue
          const { leaderboard, standings, total } = found
          const { playerId, known } = watch
          watch.known = { rank, score }
          const previousRank = known.rank
          watch.client.send('rank:changed', { leaderboard, standings, playerId, rank, previousRank, score, total, at })
        }
      }
    return lookups
  }
  const askArounds = async (): Promise<number> => {
    const groups = [...grouped(everyWatch(arounds), (watch) => `${keyOf(watch)} ${watch.span}`)]
    for (const some of chunks(groups, 50)) await Promise.all(some.map((watches) => askAround(watches).catch(skipped)))
    return groups.length
  }
  const askAround = async (watches: AroundWatch[]): Promise<void> => {
    const { where, playerId, span } = watches[0]!
    const around = await readAround(where, playerId, span)
    const text = contentOf(around)
    const at = new Date().toISOString()
    for (const watch of watches) {
      if (watch.known === text || !isOf(arounds, watch)) continue
      watch.known = text
      watch.client.send('around:changed', { playerId, at, ...around })
    }
  }
  const readAround = async (where: Where, playerId: string, span: number): Promise<Around> => {
    try {
      return await actions.readAround(spectator, { playerId, span, ...where })
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'NOT_RANKED') throw error
      const { total, leaderboard, standings, source, asOf } = await actions.lookup({ ...where, playerIds: [playerId] })
      return { leaderboard, standings, total, rows: [], self: null, source, asOf }
    }
  }

  const loop = () => {
    const began = performance.now()
    void (async () => {
      let lookups = 0
      for (const ask of [askRanks, askArounds]) if (usable()) lookups += await ask()
      watchLookups.inc(lookups)
      const interval = Math.max(intervalMs, (lookups / lookupsPerSecond) * 1000)
      if (!stopped) timer = setTimeout(loop, Math.max(10, interval - (performance.now() - began)))
    })()
  }

  return {
    watchRank: (client, where, playerId, read) =>
      register(ranks, { client, where, playerId, known: null }, 'ranks', read, ({ rank, score }) => {
        // A hidden player's score is never shown here.
        return { rank, score: rank === null ? null : score }
      }),
    unwatchRank: (client, where, playerId) => remove(ranks, client, where, playerId),
    watchAround: (client, where, playerId, span) =>
      register(
        arounds,
        { client, where, playerId, span, known: null },
        'windows',
        () => readAround(where, playerId, span),
        contentOf,
      ),
    unwatchAround: (client, where, playerId) => remove(arounds, client, where, playerId),
    forget(client) {
      ranks.delete(client)
      arounds.delete(client)
    },
    start: loop,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** What of a window counts as a change: not the time it was read at, nor the total alone. */
function contentOf({ rows, standings }: Around): string {
  return JSON.stringify([standings, rows])
}

type All<One> = Map<LiveClient, Map<string, One>>

/** Watches from before the first read on, so that an end that comes meanwhile finds the watch. */
async function register<Known, One extends Watch<Known>, Answer>(
  all: All<One>,
  watch: One,
  what: string,
  read: () => Promise<Answer>,
  knownOf: (answer: Answer) => Known,
): Promise<Answer> {
  const replaced = all.get(watch.client)?.get(keyOf(watch))
  add(all, watch, what)
  try {
    const answer = await read()
    watch.known = knownOf(answer)
    return answer
  } catch (error) {
    if (isOf(all, watch)) {
      if (replaced) add(all, replaced, what)
      else remove(all, watch.client, watch.where, watch.playerId)
    }
    throw error
  }
}

/** Whether it was neither ended nor replaced. */
function isOf<One extends Watch<unknown>>(all: All<One>, watch: One): boolean {
  return all.get(watch.client)?.get(keyOf(watch)) === watch
}

function add<One extends Watch<unknown>>(all: All<One>, watch: One, what: string): void {
  // A client that left in the meantime would be watched permanently.
  if (!watch.client.connected()) return
  const own = all.get(watch.client) ?? new Map<string, One>()
  if (own.size >= watchesPerClient && !own.has(keyOf(watch)))
    throw new AppError('LIMIT_EXCEEDED', `a connection may watch ${watchesPerClient} ${what}: unwatch one first`)
  own.set(keyOf(watch), watch)
  all.set(watch.client, own)
}

function remove<One extends Watch<unknown>>(
  all: All<One>,
  client: LiveClient,
  { leaderboard, standings }: Where,
  playerId: string,
): void {
  const own = all.get(client)
  if (own === undefined) return
  for (const [key, { where, playerId: watched }] of own) {
    const isMeant = standings === undefined || standings === where.standings
    if (where.leaderboard === leaderboard && watched === playerId && isMeant) own.delete(key)
  }
  if (own.size === 0) all.delete(client)
}

const nameOf = ({ leaderboard, standings }: NamedWhere) => `${leaderboard} ${standings}`
const keyOf = ({ where, playerId }: { where: NamedWhere; playerId: string }) => `${nameOf(where)} ${playerId}`

/** Those whose client had its first answer. */
function* everyWatch<One extends Watch<unknown>>(all: All<One>): Iterable<One> {
  for (const own of all.values()) for (const watch of own.values()) if (watch.known !== null) yield watch
}

function grouped<One>(items: Iterable<One>, by: (item: One) => string): Iterable<One[]> {
  const groups = new Map<string, One[]>()
  for (const item of items) {
    const group = groups.get(by(item))
    if (group) group.push(item)
    else groups.set(by(item), [item])
  }
  return groups.values()
}

function chunks<One>(items: One[], size = idsPerLookup): One[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}
