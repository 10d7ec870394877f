import { LRUCache } from 'lru-cache'
import type { FoldEntry } from '../../ranking/fold-batch.ts'
import type { IdRange } from './batch.ts'

/** About 20 MB when it is full. */
const entriesMax = 100_000
/** Batches. */
const restMin = 8
const restMax = 1024

/** What a lane remembers of its last transactions. It may be out of date: who folds over it has it compared. */
export interface LaneMemory {
  /** The entries of these keys, as they are kept; null unless all are remembered. */
  recall(keys: Iterable<string>): Map<string, FoldEntry> | null
  /** Takes the ids that were drawn ahead: they are good for one attempt. */
  takeIds(): IdRange | null
  /** Entries as they are now, and the ids drawn for the next batch. */
  learn(entries: Map<string, FoldEntry>, ids: IdRange | null): void
  /** What was remembered did hold; `changed` are entries of `recall` with what they have become. */
  confirmed(changed: { before: FoldEntry; after: FoldEntry | null }[], ids: IdRange | null): void
  /** The memory was wrong. Other writers will make it wrong again, so rest longer each time. */
  refused(keys: Iterable<string>): void
  /** Whether it rests for one more batch. */
  rests(): boolean
  /** The database may be another one. */
  forget(): void
}

export function createLaneMemory(): LaneMemory {
  const known = new LRUCache<string, FoldEntry>({ max: entriesMax })
  let drawn: IdRange | null = null
  let rest = restMin
  let resting = 0
  return {
    recall(keys) {
      const found = new Map<string, FoldEntry>()
      for (const key of keys) {
        const entry = known.get(key)
        if (!entry) return null
        found.set(key, entry)
      }
      return found
    },
    takeIds() {
      const ids = drawn
      drawn = null
      return ids
    },
    learn(entries, ids) {
      drawn = ids
      for (const [key, entry] of entries) {
        const old = known.get(key)
        if (old) replace(old, entry)
        else known.set(key, { ...entry })
      }
    },
    confirmed(changed, ids) {
      drawn = ids
      rest = restMin
      for (const { before, after } of changed) if (after) replace(before, after)
    },
    refused(keys) {
      for (const key of keys) known.delete(key)
      resting = rest
      rest = Math.min(restMax, rest * 2)
    },
    rests() {
      if (resting > 0) resting--
      return resting > 0
    },
    forget() {
      known.clear()
      drawn = null
    },
  }
}

/** In place: what an old object refers to survives until a full garbage collection. */
function replace(old: FoldEntry, { score, version, tie, hidden }: FoldEntry): void {
  old.score = score
  old.version = version
  old.tie = tie
  old.hidden = hidden
}
