interface Ranked {
  no: number
  rank: number
}

/** What waits, in order of rank and then of arrival, without ever looking at all of it. */
export function createRestoreQueue<Item extends object>() {
  // Rank -> leaderboard -> items.
  const buckets = new Map<number, Map<number, Set<Item>>>()
  const ranks = new Map<Item, Ranked>()

  const remove = (item: Item) => {
    const { no, rank } = ranks.get(item)!
    const boards = buckets.get(rank)!
    const items = boards.get(no)!
    ranks.delete(item)
    items.delete(item)
    if (items.size === 0) boards.delete(no)
    if (boards.size === 0) buckets.delete(rank)
  }

  return {
    size: () => ranks.size,
    has: (item: Item) => ranks.has(item),
    /** What waits already moves ahead, never back. */
    add(item: Item, no: number, rank: number): void {
      const known = ranks.get(item)
      if (known && known.rank >= rank) return
      if (known) remove(item)
      let boards = buckets.get(rank)
      if (boards === undefined) buckets.set(rank, (boards = new Map<number, Set<Item>>()))
      const items = boards.get(no)
      if (items) items.add(item)
      else boards.set(no, new Set([item]))
      ranks.set(item, { no, rank })
    },
    /** Takes out the first of those of the highest rank, and at most `limit` in all of its leaderboard and rank. */
    take(limit: number): Item[] {
      const boards = buckets.get(Math.max(...buckets.keys()))
      const taken: Item[] = []
      for (const item of boards?.values().next().value ?? []) {
        if (taken.length === limit) break
        taken.push(item)
      }
      taken.forEach(remove)
      return taken
    },
    /** The first few, in any order. */
    some(limit: number): Item[] {
      const found: Item[] = []
      for (const item of ranks.keys()) {
        if (found.length >= limit) break
        found.push(item)
      }
      return found
    },
  }
}
