import type { RowOf } from '../schema/rows.ts'
import type { players } from '../schema/players.ts'
import type { Standings, StandingsStore } from '../../actions/ports/standings.ts'
import type { Season, SeasonStore } from '../../actions/ports/seasons.ts'
import { withinBounds, type LedgerItem } from '../../ranking/fold-batch.ts'
import { seasonAt } from '../../ranking/season.ts'
import { formatSelector } from '../../ranking/selector.ts'
import { targetsOf, windowOpen, type SubmissionFacts } from '../../ranking/targets.ts'
import type { Tagged } from '../connection/client.ts'

/** Regions decide the targets, which are made before the locks; the transaction checks that they still hold. */
export async function readRegions(sql: Tagged, items: LedgerItem[]): Promise<Map<string, string | null>> {
  const ids = [...new Set(items.filter((item) => item.board.types.includes('REGIONAL')).map((item) => item.playerId))]
  if (ids.length === 0) return new Map()
  const rows = await sql<RowOf<typeof players, 'id' | 'region'>[]>`
    select id, region from players where id = any(${ids}::text[])`
  const known = new Map(rows.map((row) => [row.id, row.region]))
  return new Map(ids.map((id) => [id, known.get(id) ?? null]))
}

/** Every item's targets with their rows (null: closed before any was made), and all rows by id. */
export interface Placed {
  targets: { selector: string; standings: Standings | null }[][]
  standings: Map<number, Standings>
}

/** Finds every item's standings rows, making those whose window is open. */
export async function placeItems(
  store: StandingsStore,
  seasons: Pick<SeasonStore, 'of'>,
  items: LedgerItem[],
  regions: Map<string, string | null>,
  now: number,
): Promise<Placed> {
  const known = await seasonsOf(seasons, items)
  const wanted = items.map((item) =>
    targetsOf(item.board, {
      instant: item.occurredAt,
      region: regions.get(item.playerId) ?? null,
      sessionId: item.sessionId,
      season: seasonFact(known.get(item.board.no) ?? [], item.occurredAt),
    }),
  )
  // Loops: `flatMap` takes V8's slow way of making an array.
  const wants: Parameters<StandingsStore['ensure']>[0] = []
  items.forEach((item, index) => {
    for (const target of wanted[index]!) {
      // Those of a season were made with it: without them, there is no such season any more.
      const make = target.type !== 'SEASONAL' && windowOpen(target, now, item.board.graceMs) && withinBounds(item)
      wants.push({ board: item.board, target, make })
    }
  })
  const rows = await store.ensure(wants)
  const standings = new Map<number, Standings>()
  for (const row of rows) if (row) standings.set(row.id, row)
  let next = 0
  const targets = wanted.map((list) =>
    list.map((target) => ({ selector: formatSelector(target.type, target.key), standings: rows[next++] ?? null })),
  )
  return { targets, standings }
}

/** By the number of the leaderboard, of those that keep SEASONAL. */
async function seasonsOf(store: Pick<SeasonStore, 'of'>, items: LedgerItem[]): Promise<Map<number, readonly Season[]>> {
  const known = new Map<number, readonly Season[]>()
  for (const { board } of items)
    if (board.types.includes('SEASONAL') && !known.has(board.no)) known.set(board.no, await store.of(board))
  return known
}

/** The season of an instant (epoch milliseconds) as `targetsOf` takes it. */
export function seasonFact(seasons: readonly Season[], instant: number): SubmissionFacts['season'] {
  const season = seasonAt(seasons, instant)
  return season && { key: season.slug, startsAt: season.startsAt, endsAt: season.endsAt }
}
