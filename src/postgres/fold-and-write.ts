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
  items: LedgerItem[],
  placed: Placed,
  regions: Map<string, string | null>,
  now: number,
): Promise<Folded> {
  const keys = new Map<string, queries.EntryKey>()
  items.forEach((item, index) => {
    for (const { standings } of placed.targets[index]!)
      if (standings)
        keys.set(entryKey(standings.id, item.playerId), { standingsId: standings.id, playerId: item.playerId })
  })
  const keyList = [...keys.values()]
  const retried = items.filter((item) => !item.generatedId || item.drawnIds.length > 0)
  const playerIds = [...new Set(items.map((item) => item.playerId))].sort()
  const read = () => queries.readCurrent(sql, items.length, retried, keyList, [...placed.standings.keys()])
  // Sent together and run one after the other: the last statement takes its snapshot when the locks are held. A query of
  // postgres.js starts when it is awaited; `execute` starts it in the order that is written here.
  const [, players, afterLocks] = await Promise.all([sql`begin`.execute(), queries.lockPlayers(sql, playerIds), read()])
  let current = afterLocks
  if (players.size === 0) {
    // Sealing waits for batches by their transaction id, which a lock gives, or this; what is read counts from then on.
    stillOpen()
    ;[, current] = await Promise.all([sql`select pg_current_xact_id()`.execute(), read()])
  }
  for (const [id, region] of regions)
    if ((players.get(id)?.region ?? null) !== region)
      throw new LedgerFailure('conflict', new Error('a player changed region'))

  const { ids } = current
  items.forEach((item, index) => item.drawnIds.push(ids[index]!))
  const state = foldState(current, retried, keyList, players, now)
  const status: StatusNow = new Map((current.standings ?? []).map(([id, endsAt, name]) => [id, { endsAt, name }]))
  // A database that was set back does not have what is cached of it.
  const unknown = [...placed.standings.keys()].filter((id) => !status.has(id))
  if (unknown.length > 0) {
    store.forget()
    throw new LedgerFailure('conflict', new Error(`standings ${unknown.join()} are gone`))
  }
  const targets = placed.targets.map((list) => list.map((target) => foldTarget(target, status)))
  const { outcomes, changed } = foldBatch(items, targets, ids, state)

  // A duplicate carries the id of an earlier row, so only rows made by this fold match the id drawn for their item.
  const rows = items.flatMap((item, index) => {
    const outcome = outcomes[index]!
    if (outcome.kind !== 'stored' || outcome.id !== ids[index]) return []
    return [{ id: outcome.id, item, effects: outcome.effects.map(toStored) }]
  })
  const writers = new Set(rows.map((row) => row.item.playerId))
  const strangers = playerIds.filter((id) => !players.has(id) && writers.has(id))
  stillOpen()
  if (strangers.length > 0 && (await queries.insertPlayers(sql, strangers)) < strangers.length)
    throw new LedgerFailure('conflict', new Error('another transaction made a player'))
  const changes = [...changed].sort().map((key) => {
    const { standingsId, playerId } = keys.get(key)!
    const { score, version, tie, hidden } = state.entries.get(key)!
    return { standingsId, playerId, score, version, tie, hidden }
  })
  stillOpen()
  // When the write fails, Postgres takes the commit for a rollback.
  await Promise.all([rows.length > 0 && queries.writeBatch(sql, rows, changes).execute(), sql`commit`.execute()])
  return { outcomes, entries: state.entries, status }
}

function foldState(
  current: queries.Current,
  retried: LedgerItem[],
  keys: queries.EntryKey[],
  players: Map<string, queries.LockedPlayer>,
  now: number,
): FoldState {
  const stored = new Map<string, StoredRow>()
  for (const [ordinal, id, score, sessionId, occurredAt, occurredSent, effects] of current.stored ?? []) {
    const row = { id, score, sessionId, occurredAt, occurredSent, effects: effects.map(toEffect) }
    stored.set(ledgerKey(retried[ordinal - 1]!), row)
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
