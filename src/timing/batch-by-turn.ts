interface Batch<Scope, Item, Result> {
  scope: Scope
  items: Item[]
  settle: { resolve(result: Result): void; reject(error: unknown): void }[]
}

const maxItems = 500

/** Joins the calls of one event-loop turn on the same scope into one `run`, which answers one result an item, in order. */
export function batchByTurn<Scope, Item, Result>(
  keyOf: (scope: Scope) => number,
  run: (scope: Scope, items: Item[]) => Promise<Result[]>,
): (scope: Scope, item: Item) => Promise<Result> {
  type Open = Batch<Scope, Item, Result>
  // A map for each turn: one that lives on leaves outgrown tables behind, which keep what they held alive for long.
  let turn: Map<number, Open> | null = null

  const flush = ({ scope, items, settle }: Open) => {
    run(scope, items).then(
      (results) => settle.forEach((one, index) => one.resolve(results[index]!)),
      (error: unknown) => settle.forEach((one) => one.reject(error)),
    )
  }
  const thisTurn = () => {
    const batches = new Map<number, Open>()
    setImmediate(() => {
      turn = null
      batches.forEach(flush)
    })
    return batches
  }
  return (scope, item) =>
    new Promise((resolve, reject) => {
      const batches = (turn ??= thisTurn())
      const key = keyOf(scope)
      let batch = batches.get(key)
      if (!batch) batches.set(key, (batch = { scope, items: [], settle: [] }))
      batch.items.push(item)
      batch.settle.push({ resolve, reject })
      if (batch.items.length < maxItems) return
      batches.delete(key)
      flush(batch)
    })
}
