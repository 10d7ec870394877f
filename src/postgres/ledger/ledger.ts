import type { Committed, Ledger } from '../../actions/ports/ledger.ts'
import type { RankRow } from '../../actions/ports/ranks.ts'
import type { StandingsStore } from '../../actions/ports/standings.ts'
import type { SeasonStore } from '../../actions/ports/seasons.ts'
import type { Log } from '../../log.ts'
import { entryKey, type LedgerItem } from '../../ranking/fold-batch.ts'
import { withDeadline } from '../../timing/deadline.ts'
import { classify } from '../connection/failure.ts'
import { idsAhead, type FoldedBatch } from './batch.ts'
import { commitKnown } from './commit-remembered.ts'
import { foldAndWrite } from './commit-looked-up.ts'
import { connectLane, type Lane } from './lane.ts'
import { createLaneMemory, type LaneMemory } from './lane-memory.ts'
import { placeItems, readRegions, type Placed } from './place-items.ts'

export interface LedgerOptions {
  url: string
  lanes: number
  connectTimeoutMs: number
  /** Milliseconds after which an attempt counts as of unknown outcome and its connection is dropped. */
  attemptMs: number
  standings: StandingsStore
  seasons: Pick<SeasonStore, 'of'>
  /** Called to say when a lane has a new connection: what Redis holds may be of another database. */
  onReconnect(): void
  log: Log
}

// Who got no answer sends again, and seldom alone: after a submission that was stored already this many batches are looked
// up before they are written. All others rely on the ledger's key: a batch that it refuses comes again as after any conflict,
// and what comes again is looked up.
const watchfulBatches = 100

/** The durable ledger: one connection a lane, replaced when it stops answering. */
export function createLedger(options: LedgerOptions): Ledger & { stop(): Promise<void> } {
  const lanes = Array.from({ length: options.lanes }, (_, number) => {
    const memory = createLaneMemory()
    const lane = connectLane(options.url, {
      name: `lane-${number}`,
      connectTimeoutMs: options.connectTimeoutMs,
      statementTimeoutMs: options.attemptMs,
      onReconnect() {
        memory.forget()
        options.onReconnect()
      },
    })
    return { lane, memory }
  })

  let watchful = 0
  const commitBatch = async (on: (typeof lanes)[number], items: LedgerItem[], now: number): Promise<Committed> => {
    watchful = Math.max(0, watchful - 1)
    const committed = await commitOnce(on, options, items, now, watchful > 0)
    if (committed.outcomes.some((one) => one.kind === 'refused' || one.duplicate)) watchful = watchfulBatches
    return committed
  }

  return {
    async commit(number, items, now) {
      const on = lanes[number]!
      try {
        return await withDeadline(commitBatch(on, items, now), options.attemptMs, 'ledger commit')
      } catch (error) {
        const failure = classify(error)
        if (failure.kind === 'unavailable') {
          options.log.warn({ lane: number, err: failure.cause }, 'ledger attempt got no answer; connection replaced')
          on.lane.renew()
        }
        throw failure
      }
    },
    async stop() {
      await Promise.all(lanes.map(({ lane }) => lane.end(1)))
    },
  }
}

async function commitOnce(
  { lane, memory }: { lane: Lane; memory: LaneMemory },
  { standings: store, seasons }: Pick<LedgerOptions, 'standings' | 'seasons'>,
  items: LedgerItem[],
  now: number,
  lookUp: boolean,
): Promise<Committed> {
  return lane.transaction(async (sql, stillOpen) => {
    const regions = await readRegions(sql, items)
    const placed = await placeItems(store, seasons, items, regions, now)
    stillOpen()
    const batch = { items, placed, regions, now }
    const remembers = !lookUp && !memory.rests()
    const known = remembers ? await commitKnown(sql, memory, batch) : null
    if (known) return describe(store, items, placed, known)
    stillOpen()
    const draw = remembers ? idsAhead(items.length) : 0
    const { ahead, ...folded } = await foldAndWrite(sql, stillOpen, store, batch, { lookUp, draw })
    memory.learn(folded.entries, ahead)
    return describe(store, items, placed, folded)
  })
}

async function describe(
  store: StandingsStore,
  items: LedgerItem[],
  placed: Placed,
  folded: FoldedBatch,
): Promise<Committed> {
  const others: number[] = []
  for (const outcome of folded.outcomes) {
    if (outcome.kind !== 'stored') continue
    for (const { standingsId } of outcome.effects)
      if (standingsId !== null && !placed.standings.has(standingsId)) others.push(standingsId)
  }
  const now = [...placed.standings.values()].map((row) => {
    const { name, endsAt } = folded.status.get(row.id)!
    return [row.id, name === row.status && endsAt === row.endsAt ? row : { ...row, status: name, endsAt }] as const
  })
  const standings = new Map(others.length === 0 ? now : [...now, ...(await store.byIds(others))])

  const rows = new Map<string, RankRow>()
  items.forEach((item, index) => {
    for (const target of placed.targets[index]!) {
      const of = target.standings && standings.get(target.standings.id)
      const key = of && entryKey(of.id, item.playerId)
      const entry = key && folded.entries.get(key)
      // A sealed one has no list that it could go into.
      if (!entry || of.status === 'SEALED') continue
      const { score, version, tie, hidden } = entry
      rows.set(key, { board: item.board, standings: of, playerId: item.playerId, score, version, tie, hidden })
    }
  })
  return { outcomes: folded.outcomes, rows, standings }
}
