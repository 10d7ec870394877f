import { LedgerFailure } from '../../actions/ports/ledger.ts'
import type { StandingsStore } from '../../actions/ports/standings.ts'
import {
  entryKey,
  foldBatch,
  ledgerKey,
  type FoldEntry,
  type FoldState,
  type LedgerItem,
  type StoredRow,
} from '../../ranking/fold-batch.ts'
import {
  entryKeys,
  foldTargets,
  ledgerRows,
  playersOf,
  rangeOf,
  type Batch,
  type FoldedBatch,
  type IdRange,
  type StatusNow,
} from './batch.ts'
import type { Tagged } from '../connection/client.ts'
import { drawIds } from './entry-changes.ts'
import * as queries from './ledger-queries.ts'
import * as playerLocks from './player-locks.ts'
import { withRemoved } from './removed.ts'
import { toEffect } from './stored-effects.ts'

export interface ReadOptions {
  /** Whether all items are looked up in the ledger first, or only those whose earlier attempt may have been committed. */
  lookUp: boolean
  /** How many ledger ids to draw for the next batch. */
  draw: number
}

/**
 * Locks the players, reads what a batch is folded over, folds it and writes what came of it, from `begin` to `commit`.
 * Rejects when anything that the fold stands on was not as it was taken to be.
 */
export async function foldAndWrite(
  sql: Tagged,
  stillOpen: () => void,
  store: StandingsStore,
  batch: Batch,
  options: ReadOptions,
): Promise<FoldedBatch & { ahead: IdRange | null }> {
  const { items } = batch
  const keys = entryKeys(batch)
  const players = playersOf(batch)
  const { first, refold } = await lockAndFold(sql, stillOpen, store, batch, options, players, [...keys.values()])

  let folded = first
  const writers = new Set(ledgerRows(items, first.outcomes, first.ids).map((row) => row.item.playerId))
  const strangers = players.filter((id) => !first.known.has(id) && writers.has(id))
  stillOpen()
  if (strangers.length > 0) {
    const { made, newest } = await playerLocks.insertPlayers(sql, strangers)
    if (made < strangers.length) throw new LedgerFailure('conflict', new Error('another transaction made a player'))
    // A player has no row to lock until then: others may have made and erased it, under newer ids than those that were drawn.
    stillOpen()
    if (newest !== first.newest) folded = refold(await drawIds(sql, items.length))
  }
  const { outcomes, changed, entries, status, ids, ahead } = folded
  const rows = ledgerRows(items, outcomes, ids)
  const changes = [...changed].sort().map((key) => {
    const { standingsId, playerId } = keys.get(key)!
    const { score, version, tie, hidden } = entries.get(key)!
    return { standingsId, playerId, score, version, tie, hidden }
  })
  stillOpen()
  // When the write fails, Postgres takes the commit for a rollback.
  await Promise.all([rows.length > 0 && queries.writeBatch(sql, rows, changes).execute(), sql`commit`.execute()])
  return { outcomes, entries, status, ahead }
}

async function lockAndFold(
  sql: Tagged,
  stillOpen: () => void,
  store: StandingsStore,
  batch: Batch,
  { lookUp, draw }: ReadOptions,
  playerIds: string[],
  keys: queries.EntryKey[],
) {
  const { items, placed, regions, now } = batch
  const standingsIds = [...placed.standings.keys()]
  const read = (sought: LedgerItem[]) => queries.readCurrent(sql, items.length + draw, sought, keys, standingsIds)
  const sought = lookUp ? items : items.filter((item) => item.drawnIds.length > 0)
  // Sent together and run one after the other: the last statement takes its snapshot when the locks are held. A query of
  // postgres.js starts when it is awaited; `execute` starts it in the order that is written here.
  const sent = [sql`begin`.execute(), playerLocks.lockPlayers(sql, playerIds), read(sought)] as const
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
    const ids = current.ids.slice(0, items.length)
    const newest = current.ids.at(-1)!
    const ahead = current.ids.length > items.length ? rangeOf(current.ids[items.length]!, newest, draw) : null
    items.forEach((item, index) => item.drawnIds.push(ids[index]!))
    const state = foldState(current, sought, keys, known, now)
    const status: StatusNow = new Map((current.standings ?? []).map(([id, endsAt, name]) => [id, { endsAt, name }]))
    // A database that was set back does not have what is cached of it.
    const unknown = standingsIds.filter((id) => !status.has(id))
    if (unknown.length > 0) {
      store.forget()
      throw new LedgerFailure('conflict', new Error(`standings ${unknown.join()} are gone`))
    }
    const outcome = foldBatch(items, foldTargets(batch, status), ids, state)
    return { ids, newest, ahead, known, status, entries: state.entries, ...outcome }
  }
  const withRefold = (current: queries.Current, sought: LedgerItem[]) => ({
    first: fold(current, sought),
    /** The same under ids that were drawn later. */
    refold: (ids: number[]) => fold({ ...current, ids }, sought),
  })
  const folded = withRefold(first, sought)
  if (sought.length === items.length || folded.first.outcomes.every((outcome) => outcome.kind === 'stored'))
    return folded
  // The ledger's key cannot tell of what is not written: it may be stored, from when it was not refused yet.
  stillOpen()
  return withRefold(await read(items), items)
}

function foldState(
  current: queries.Current,
  sought: LedgerItem[],
  keys: queries.EntryKey[],
  players: Map<string, playerLocks.LockedPlayer>,
  now: number,
): FoldState {
  const found = new Map<string, StoredRow>()
  for (const [ordinal, id, score, sessionId, occurredAt, occurredSent, stored, removed] of current.stored ?? []) {
    const effects = withRemoved(stored.map(toEffect), removed)
    const row = { id, score, sessionId, occurredAt, occurredSent, effects }
    found.set(ledgerKey(sought[ordinal - 1]!), row)
  }
  const entries = new Map<string, FoldEntry>()
  for (const [ordinal, score, version, tie, hidden] of current.entries ?? []) {
    const { standingsId, playerId } = keys[ordinal - 1]!
    entries.set(entryKey(standingsId, playerId), { score, version, tie, hidden })
  }
  const banned = new Set([...players.values()].filter((player) => player.banned).map((player) => player.id))
  return { now, stored: found, entries, banned }
}
