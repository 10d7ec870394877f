import { foldBatch } from '../../ranking/fold-batch.ts'
import { entryKeys, foldTargets, idsAhead, ledgerRows, rangeOf, type Batch, type FoldedBatch } from './batch.ts'
import type { Tagged } from '../connection/client.ts'
import type { LaneMemory } from './lane-memory.ts'
import { commitBatch } from './ledger-queries.ts'

/**
 * Folds a batch over what the lane remembers and lets one statement compare and write, which is a transaction of its own.
 * Returns null, with nothing written, when the batch needs a look-up: an entry is not remembered, an item would be refused,
 * or Postgres found a difference.
 */
export async function commitKnown(sql: Tagged, memory: LaneMemory, batch: Batch): Promise<FoldedBatch | null> {
  const { items, placed, regions, now } = batch
  // Regions have to be read under the locks; so has whether an earlier attempt was committed.
  if (regions.size > 0 || items.some((item) => item.drawnIds.length > 0)) return null
  // An entry that is as it was tells that its player is there and not banned.
  if (placed.targets.some((list) => list.every((target) => target.standings === null))) return null
  const keys = entryKeys(batch)
  const entries = memory.recall(keys.keys())
  const drawn = memory.takeIds()
  if (!entries || !drawn || drawn.last - drawn.first + 1 < items.length) return null

  const found = [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
  if (found.some(([, entry]) => entry.hidden)) return null
  const ids = items.map((_, index) => drawn.first + index)
  const standings = [...placed.standings.values()]
  const status = new Map(standings.map((row) => [row.id, { endsAt: row.endsAt, name: row.status }]))
  const state = { now, stored: new Map(), entries, banned: new Set<string>() }
  const { outcomes, changed } = foldBatch(items, foldTargets(batch, status), ids, state)
  // A refused item is not inserted, so the unique key cannot reveal that an earlier attempt stored it.
  if (outcomes.some((outcome) => outcome.kind !== 'stored')) return null

  items.forEach((item, index) => item.drawnIds.push(ids[index]!))
  const newest = ids.at(-1)!
  const draw = idsAhead(items.length, drawn.last - newest)
  const moves = found.map(([key, before]) => {
    const { standingsId, playerId } = keys.get(key)!
    return { standingsId, playerId, before, after: changed.has(key) ? entries.get(key)! : null }
  })
  const next = await commitBatch(sql, {
    standings,
    entries: moves,
    rows: ledgerRows(items, outcomes, ids),
    newest: drawn.last,
    draw,
  })
  if (!next) {
    for (const item of items) item.drawnIds.pop()
    memory.refused(keys.keys())
    return null
  }
  const range = rangeOf(next.first, next.last, draw)
  // Those left over count only while no other id lies between.
  memory.confirmed(moves, range && range.first === drawn.last + 1 ? { first: newest + 1, last: range.last } : range)
  return { outcomes, entries, status }
}
