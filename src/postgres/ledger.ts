import {
  LedgerFailure,
  type Committed,
  type Ledger,
  type RankRow,
  type Standings,
  type StandingsStore,
} from '../actions/ports.ts'
import type { Log } from '../log.ts'
import {
  entryKey,
  foldBatch,
  ledgerKey,
  type Effect,
  type FoldOutcome,
  type FoldTarget,
  type LedgerItem,
  type StoredRow,
} from '../ranking/fold-batch.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { connectPool, keyedAccess, withDeadline, type Pool, type Sql, type Transaction } from './client.ts'
import { answered } from './answered.ts'
import { classify } from './failure.ts'
import * as queries from './ledger-queries.ts'
import { placeItems, readRegions, type Placed } from './place-items.ts'
import { removePlayer } from './remove-player.ts'
import type { StoredEffect } from './schema/submissions.ts'

export interface LedgerOptions {
  url: string
  lanes: number
  connectTimeoutMs: number
  /** Milliseconds after which an attempt counts as of unknown outcome and its connection is dropped. */
  attemptMs: number
  standings: StandingsStore
  cold: Pool
  log: Log
}

/** The durable ledger: one connection a lane, replaced when it stops answering. */
export function createLedger(options: LedgerOptions): Ledger & { stop(): Promise<void> } {
  const connect = (lane: number) =>
    connectPool(options.url, {
      name: `lane-${lane}`,
      max: 1,
      connectTimeoutMs: options.connectTimeoutMs,
      statementTimeoutMs: options.attemptMs,
      settings: keyedAccess,
    })
  const lanes = Array.from({ length: options.lanes }, (_, lane) => connect(lane))

  return {
    async commit(lane, items, now) {
      const pool = lanes[lane]!
      try {
        return await withDeadline(
          commitBatch(pool.sql, options.standings, items, now),
          options.attemptMs,
          'ledger commit',
        )
      } catch (error) {
        const failure = classify(error)
        if (failure.kind === 'unavailable') {
          options.log.warn({ lane, err: failure.cause }, 'ledger attempt got no answer; connection replaced')
          pool.renew()
        }
        throw failure
      }
    },
    remove: answered(
      {
        remove: (board: Leaderboard, playerId: string) =>
          removePlayer(options.cold.sql, options.standings, board, playerId),
      },
      options.cold,
      options.attemptMs,
    ).remove,
    async stop() {
      await Promise.all(lanes.map((pool) => pool.end(1)))
    },
  }
}

async function commitBatch(sql: Sql, store: StandingsStore, items: LedgerItem[], now: number): Promise<Committed> {
  const regions = await readRegions(sql, items)
  const placed = await placeItems(store, items, regions, now)
  const ids = [...new Set(items.map((item) => item.playerId))].sort()
  const folded = await sql.begin(async (tx) => {
    const players = await queries.lockPlayers(tx, ids)
    for (const [id, region] of regions)
      if ((players.get(id)?.region ?? null) !== region)
        throw new LedgerFailure('conflict', new Error('a player changed region'))
    return foldAndWrite(tx, items, placed, players, now)
  })
  return describe(store, items, placed, folded)
}

interface Folded {
  outcomes: FoldOutcome[]
  entries: Map<string, { score: number; version: number; tie: number; hidden: boolean }>
}

async function foldAndWrite(
  tx: Transaction,
  items: LedgerItem[],
  placed: Placed,
  players: Map<string, queries.LockedPlayer>,
  now: number,
): Promise<Folded> {
  const keys = new Map<string, { standingsId: number; playerId: string }>()
  items.forEach((item, index) => {
    for (const { standings } of placed.targets[index]!)
      if (standings)
        keys.set(entryKey(standings.id, item.playerId), { standingsId: standings.id, playerId: item.playerId })
  })
  const retried = items.filter((item) => !item.generatedId || item.drawnIds.length > 0)
  const [found, entries, statuses, ids] = await Promise.all([
    retried.length === 0 ? [] : queries.findDuplicates(tx, retried),
    queries.readEntries(tx, [...keys.values()]),
    queries.readStatuses(tx, [...placed.standings.keys()]),
    queries.drawIds(tx, items.length),
  ])
  items.forEach((item, index) => item.drawnIds.push(ids[index]!))

  const status = new Map(statuses.map((row) => [row.id, row]))
  const targets = placed.targets.map((list) => list.map((target) => foldTarget(target, status)))
  const stored = new Map<string, StoredRow>(
    found.map((row) => [ledgerKey(retried[row.ordinal - 1]!), { ...row, effects: row.effects.map(toEffect) }]),
  )
  const banned = new Set([...players.values()].filter((player) => player.banned).map((player) => player.id))
  const { outcomes, changed } = foldBatch(items, targets, ids, { now, stored, entries, banned })

  // A duplicate carries the id of an earlier row, so only rows made by this fold match the id drawn for their item.
  const rows = items.flatMap((item, index) => {
    const outcome = outcomes[index]!
    if (outcome.kind !== 'stored' || outcome.id !== ids[index]) return []
    return [{ id: outcome.id, item, effects: outcome.effects.map(toStored) }]
  })
  const strangers = [...new Set(rows.map(({ item }) => item.playerId))].filter((id) => !players.has(id)).sort()
  if (strangers.length > 0 && (await queries.insertPlayers(tx, strangers)) < strangers.length)
    throw new LedgerFailure('conflict', new Error('another transaction made a player'))
  const changes = [...changed].sort().map((key) => ({ ...keys.get(key)!, ...entries.get(key)! }))
  await Promise.all([
    rows.length > 0 && queries.insertLedgerRows(tx, rows),
    changes.length > 0 && queries.upsertEntries(tx, changes),
  ])
  return { outcomes, entries }
}

function foldTarget(
  target: Placed['targets'][number][number],
  status: Map<number, { ends_at: Date | null; status: Standings['status'] }>,
): FoldTarget {
  const row = target.standings && status.get(target.standings.id)
  return {
    selector: target.selector,
    standingsId: target.standings?.id ?? null,
    endsAt: row?.ends_at?.getTime() ?? null,
    sealed: row?.status === 'SEALING' || row?.status === 'SEALED',
  }
}

async function describe(
  store: StandingsStore,
  items: LedgerItem[],
  placed: Placed,
  folded: Folded,
): Promise<Committed> {
  const mentioned = folded.outcomes.flatMap((outcome) =>
    outcome.kind === 'stored' ? outcome.effects.flatMap((effect) => effect.standingsId ?? []) : [],
  )
  const others = mentioned.filter((id) => !placed.standings.has(id))
  const standings =
    others.length === 0 ? placed.standings : new Map([...placed.standings, ...(await store.byIds(others))])

  const rows = new Map<string, RankRow>()
  items.forEach((item, index) => {
    for (const { standings: of } of placed.targets[index]!) {
      const key = of && entryKey(of.id, item.playerId)
      const entry = key && folded.entries.get(key)
      if (entry) rows.set(key, { board: item.board, standings: of, playerId: item.playerId, ...entry })
    }
  })
  return { outcomes: folded.outcomes, rows: [...rows.values()], standings }
}

function toStored(effect: Effect): StoredEffect {
  return {
    ...(effect.standingsId === null ? { k: effect.selector } : { s: effect.standingsId }),
    a: effect.score,
    b: effect.previous,
    ...(effect.reason === null ? {} : { r: effect.reason }),
  }
}

function toEffect(stored: StoredEffect): Effect {
  return {
    standingsId: stored.s ?? null,
    selector: stored.k ?? '',
    score: stored.a,
    previous: stored.b,
    reason: stored.r ?? null,
  }
}
