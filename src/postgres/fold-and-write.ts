import { LedgerFailure, type Standings, type StandingsStore } from '../actions/ports.ts'
import {
  entryKey,
  foldBatch,
  ledgerKey,
  type FoldEntry,
  type FoldOutcome,
  type FoldState,
  type FoldTarget,
  type LedgerItem,
  type StoredRow,
} from '../ranking/fold-batch.ts'
import type { Tagged } from './client.ts'
import * as queries from './ledger-queries.ts'
import type { Placed } from './place-items.ts'
import { toEffect, toStored } from './stored-effects.ts'

/** What one transaction is made of. */
export interface Batch {
  items: LedgerItem[]
  placed: Placed
  regions: Map<string, string | null>
  /** Epoch milliseconds. */
  now: number
  /** Whether all items are looked up in the ledger first, or only those whose earlier attempt may have been committed. */
  lookUp: boolean
}

export interface Folded {
  outcomes: FoldOutcome[]
  entries: Map<string, FoldEntry>
  status: StatusNow
}
/** End (epoch milliseconds) and status of the placed standings as of the locks: the cached ones may be older. */
type StatusNow = Map<number, { endsAt: number | null; name: Standings['status'] }>

/**
 * Locks the players, reads what a batch is folded over, folds it and writes what came of it, from `begin` to `commit`.
 * Rejects when anything that the fold stands on was not as it was taken to be.
 */
export async function foldAndWrite(
  sql: Tagged,
  stillOpen: () => void,
  store: StandingsStore,
  batch: Batch,
): Promise<Folded> {
  const { items, placed } = batch
  const keys = entryKeys(items, placed)
  const players = [...new Set(items.map((item) => item.playerId))].sort()
  const folded = await lockAndFold(sql, stillOpen, store, batch, players, [...keys.values()])
  const { outcomes, changed, entries, status, ids, known } = folded

  // A duplicate carries the id of an earlier row, so only rows made by this fold match the id drawn for their item.
  const rows = items.flatMap((item, index) => {
    const outcome = outcomes[index]!
    if (outcome.kind !== 'stored' || outcome.id !== ids[index]) return []
    return [{ id: outcome.id, item, effects: outcome.effects.map(toStored) }]
  })
  const writers = new Set(rows.map((row) => row.item.playerId))
  const strangers = players.filter((id) => !known.has(id) && writers.has(id))
  stillOpen()
  if (strangers.length > 0 && (await queries.insertPlayers(sql, strangers)) < strangers.length)
    throw new LedgerFailure('conflict', new Error('another transaction made a player'))
  const changes = [...changed].sort().map((key) => {
    const { standingsId, playerId } = keys.get(key)!
    const { score, version, tie, hidden } = entries.get(key)!
    return { standingsId, playerId, score, version, tie, hidden }
  })
  stillOpen()
  // When the write fails, Postgres takes the commit for a rollback.
  await Promise.all([rows.length > 0 && queries.writeBatch(sql, rows, changes).execute(), sql`commit`.execute()])
  return { outcomes, entries, status }
}

function entryKeys(items: LedgerItem[], placed: Placed): Map<string, queries.EntryKey> {
  const keys = new Map<string, queries.EntryKey>()
  items.forEach(({ playerId }, index) => {
    for (const { standings } of placed.targets[index]!)
      if (standings) keys.set(entryKey(standings.id, playerId), { standingsId: standings.id, playerId })
  })
  return keys
}

async function lockAndFold(
  sql: Tagged,
  stillOpen: () => void,
  store: StandingsStore,
  { items, placed, regions, now, lookUp }: Batch,
  playerIds: string[],
  keys: queries.EntryKey[],
) {
  const standingsIds = [...placed.standings.keys()]
  const read = (sought: LedgerItem[]) => queries.readCurrent(sql, items.length, sought, keys, standingsIds)
  const sought = lookUp ? items : items.filter((item) => item.drawnIds.length > 0)
  // Sent together and run one after the other: the last statement takes its snapshot when the locks are held. A query of
  // postgres.js starts when it is awaited; `execute` starts it in the order that is written here.
  const sent = [sql`begin`.execute(), queries.lockPlayers(sql, playerIds), read(sought)] as const
  const [, known, afterLocks] = await Promise.all(sent)
  let first = afterLocks
  if (known.size === 0) {
    // Sealing waits for batches by their transaction id, which a lock gives, or this; what is read counts from then on.
    stillOpen()
    ;[, first] = await Promise.all([sql`select pg_current_xact_id()`.execute(), read(sought)])
  }
  for (const [id, region] of regions)
    if ((known.get(id)?.region ?? null) !== region)
      throw new LedgerFailure('conflict', new Error('a player changed region'))

  const fold = (current: queries.Current, sought: LedgerItem[]) => {
    const { ids } = current
    items.forEach((item, index) => item.drawnIds.push(ids[index]!))
    const state = foldState(current, sought, keys, known, now)
    const status: StatusNow = new Map((current.standings ?? []).map(([id, endsAt, name]) => [id, { endsAt, name }]))
    // A database that was set back does not have what is cached of it.
    const unknown = standingsIds.filter((id) => !status.has(id))
    if (unknown.length > 0) {
      store.forget()
      throw new LedgerFailure('conflict', new Error(`standings ${unknown.join()} are gone`))
    }
    const targets = placed.targets.map((list) => list.map((target) => foldTarget(target, status)))
    return { ids, known, status, entries: state.entries, ...foldBatch(items, targets, ids, state) }
  }
  const folded = fold(first, sought)
  if (sought.length === items.length || folded.outcomes.every((outcome) => outcome.kind === 'stored')) return folded
  // The ledger's key cannot tell of what is not written: it may be stored, from when it was not refused yet.
  stillOpen()
  return fold(await read(items), items)
}

function foldState(
  current: queries.Current,
  sought: LedgerItem[],
  keys: queries.EntryKey[],
  players: Map<string, queries.LockedPlayer>,
  now: number,
): FoldState {
  const stored = new Map<string, StoredRow>()
  for (const [ordinal, id, score, sessionId, occurredAt, occurredSent, effects] of current.stored ?? []) {
    const row = { id, score, sessionId, occurredAt, occurredSent, effects: effects.map(toEffect) }
    stored.set(ledgerKey(sought[ordinal - 1]!), row)
  }
  const entries = new Map<string, FoldEntry>()
  for (const [ordinal, score, version, tie, hidden] of current.entries ?? []) {
    const { standingsId, playerId } = keys[ordinal - 1]!
    entries.set(entryKey(standingsId, playerId), { score, version, tie, hidden })
  }
  const banned = new Set([...players.values()].filter((player) => player.banned).map((player) => player.id))
  return { now, stored, entries, banned }
}

function foldTarget(target: Placed['targets'][number][number], status: StatusNow): FoldTarget {
  const row = target.standings && status.get(target.standings.id)
  return {
    selector: target.selector,
    standingsId: target.standings?.id ?? null,
    endsAt: row?.endsAt ?? null,
    sealed: row?.name === 'SEALING' || row?.name === 'SEALED',
  }
}
