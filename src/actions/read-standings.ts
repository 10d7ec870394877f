import { notRanked } from './refusals.ts'
import { roleSuffices } from '../contract/roles.ts'
import { AppError } from '../errors.ts'
import { assignRanks, sharesRanks, tieOrder } from '../ranking/order.ts'
import { percentile } from '../ranking/percentile.ts'
import { formatScore, parseScore } from '../ranking/score.ts'
import type { EarlierRanks } from '../ranking/trend.ts'
import type { Caller, Where } from './request.ts'
import { resolveStandings, type ResolvedStandings, type NamingStores } from './resolve-standings.ts'
import { periodOf } from './period-view.ts'
import type { EntryStore } from './ports/entries.ts'
import type { PlacedAt, RankedEntry, RankedList, RankIndex, RankReader } from './ports/ranks.ts'
import type { TrendStore } from './ports/trends.ts'
import type { PlayerStore } from './ports/players.ts'
import { createRows } from './rows.ts'
import type { Around, Lookup, Page, Place, WhatIf } from '../contract/reads.ts'

export interface ReadActions {
  readPage(where: Where & { limit: number; offset: number }): Promise<Page>
  readPlace(caller: Caller, where: Where & { playerId: string }): Promise<Place>
  readAround(caller: Caller, where: Where & { playerId: string; span: number }): Promise<Around>
  lookup(where: Where & { playerIds: string[] }): Promise<Lookup>
  whatIf(where: Where & { score: number }): Promise<WhatIf>
}

export interface ReadOptions extends NamingStores {
  players: PlayerStore
  index: RankIndex
  entries: EntryStore
  sealed: RankReader
  trends: Pick<TrendStore, 'of'>
  /** Epoch milliseconds. */
  now(): number
}

const noRanks: EarlierRanks = new Map()

/** Ranked reads: from the index while it may be believed, else from Postgres and marked so. */
export function createReads(options: ReadOptions): ReadActions {
  const { index, entries, players } = options

  const ranked = async <T>(
    named: ResolvedStandings,
    empty: T,
    read: (from: RankReader, list: RankedList) => Promise<T>,
  ) => {
    const asOf = new Date().toISOString()
    if (!named.row) return { asOf, source: 'redis' as const, result: empty }
    const list = { board: named.board, standings: named.row }
    if (named.row.status === 'SEALED')
      return { asOf, source: 'postgres' as const, result: await read(options.sealed, list) }
    if (index.usable()) {
      try {
        return { asOf, source: 'redis' as const, result: await read(index, list) }
      } catch {
        // The index reports what is wrong by itself and has its repair started; the truth answers meanwhile.
      }
    }
    return { asOf, source: 'postgres' as const, result: await read(entries, list) }
  }
  const { rowsOf, pageRows } = createRows(players)

  return {
    async readPage({ limit, offset, ...where }) {
      const now = options.now()
      const named = await resolveStandings(options, where, now)
      const earlier = named.row ? options.trends.of(named.row.id) : noRanks
      const none = { total: 0, entries: [] as RankedEntry[] }
      const { asOf, source, result } = await ranked(named, none, (from, list) => from.page(list, offset, limit))
      const rows = await pageRows(named.board, result.entries, await earlier)
      const { board, selector } = named
      const period = periodOf(named, now)
      return { leaderboard: board.id, standings: selector, total: result.total, period, source, asOf, rows }
    },

    async readPlace(caller, { playerId, ...where }) {
      const named = await resolveStandings(options, where, options.now())
      const none = { total: 0, places: [null] as (PlacedAt | null)[] }
      // At once: a name that is not cached is a query to Postgres, as long a way as to Redis.
      const [{ asOf, source, result }, profiles] = await Promise.all([
        ranked(named, none, (from, list) => from.places(list, [playerId])),
        players.profiles([playerId]),
      ])
      const place = result.places[0]
      const hidden = place ? null : await hiddenScore(entries, named, caller, playerId)
      if (!place && hidden === null) throw notRanked(playerId, named.selector)
      return {
        leaderboard: named.board.id,
        standings: named.selector,
        playerId,
        displayName: profiles.get(playerId)?.displayName ?? playerId,
        total: result.total,
        source,
        asOf,
        rank: place?.rank ?? null,
        index: place ? place.position - 1 : null,
        score: formatScore((place?.score ?? hidden)!, named.board.decimals),
        percentile: place ? percentile(place.rank, result.total) : null,
        ...(place ? {} : { hidden: true }),
      }
    },

    async readAround(_caller, { playerId, span, ...where }) {
      const named = await resolveStandings(options, where, options.now())
      const none = { total: 0, entries: [] as RankedEntry[], self: null as RankedEntry | null, start: 0 }
      const { asOf, source, result } = await ranked(named, none, (from, list) => from.around(list, playerId, span))
      if (!result.self) throw notRanked(playerId, named.selector)
      const rows = (await rowsOf(named.board, result.entries)).map((row, at) => ({ index: result.start + at, ...row }))
      const self = rows.find((row) => row.playerId === playerId) ?? null
      const { board, selector } = named
      return { leaderboard: board.id, standings: selector, total: result.total, rows, self, source, asOf }
    },

    async lookup({ playerIds, ...where }) {
      const named = await resolveStandings(options, where, options.now())
      const ids = [...new Set(playerIds)]
      const none = { total: 0, places: ids.map(() => null) as (PlacedAt | null)[] }
      const { asOf, source, result } = await ranked(named, none, (from, list) => from.places(list, ids))
      const found = ids.flatMap((playerId, at) => {
        const place = result.places[at]
        return place ? [{ playerId, ...place }] : []
      })
      found.sort((a, b) => a.position - b.position)
      const scores = found.map((place) => place.score)
      const positions = assignRanks(named.board.rankStyle, scores, 0, 1)
      const made = await rowsOf(named.board, found)
      const rows = made.map((row, at) => ({ position: positions[at]!, index: found[at]!.position - 1, ...row }))
      const missing = ids.filter((_, at) => !result.places[at])
      const { board, selector } = named
      return { leaderboard: board.id, standings: selector, total: result.total, rows, missing, source, asOf }
    },

    async whatIf({ score, ...where }) {
      const named = await resolveStandings(options, where, options.now())
      const parsed = parseScore(score, named.board.decimals)
      if ('error' in parsed)
        throw new AppError(parsed.error, parsed.detail, { issues: [{ path: 'score', message: parsed.detail }] })
      const none = { total: 0, ahead: 0, equal: 0 }
      const { asOf, source, result } = await ranked(named, none, (from, list) => from.count(list, parsed.scaled))
      const { rankStyle, ties } = named.board
      // A newcomer reached the score last: behind its equals, unless the last to reach a score is ahead of them.
      const shared = sharesRanks(rankStyle) || tieOrder(ties) === -1
      const rank = result.ahead + (shared ? 0 : result.equal) + 1
      return { leaderboard: named.board.id, standings: named.selector, rank, total: result.total + 1, source, asOf }
    },
  }
}

async function hiddenScore(
  entries: EntryStore,
  named: ResolvedStandings,
  caller: Caller,
  playerId: string,
): Promise<number | null> {
  const allowed = roleSuffices(caller.role, 'server') || caller.sub === playerId
  if (!allowed || !named.row) return null
  const found = await entries.hidden({ board: named.board, standings: named.row }, playerId).catch(() => null)
  return found?.score ?? null
}
